using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Idempotency;

[Collection(OneWorld.Name)]
public sealed class GetIdempotencyKeyTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Get_OfAPayment_IsInProgressAndThenTheAnswer()
    {
        var key = MerchantClient.NewKey();
        var token = await Merchant.TokenAsync();
        Task<Answer> sent;
        JsonObject inProgress;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["latency_ms"] = 700 });
        await using (chaos)
        {
            sent = Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
            await UntilAsync(async () => (await Merchant.GetAsync($"/v1/idempotency/{key}")).Status == HttpStatusCode.OK);
            inProgress = (await Merchant.GetAsync($"/v1/idempotency/{key}")).Body;
            await sent;
        }

        var paid = await sent;
        var finished = (await Merchant.GetAsync($"/v1/idempotency/{key}")).Body;
        Assert.Equal(("in_progress", null, null), ((string?)inProgress["status"], inProgress["response"], inProgress["finished_at"]));
        Assert.Equal((key, "finished"), ((string?)finished["key"], (string?)finished["status"]));
        Assert.All([inProgress, finished], view => Assert.Equal(("payment", paid["id"]), ((string?)view["resource"]!["type"], (string?)view["resource"]!["id"])));
        Assert.Equal(201, (int)finished["response"]!["status"]!);
        Assert.True(JsonNode.DeepEquals(paid.Body, finished["response"]!["body"]), finished.ToJsonString());
        Assert.NotNull(finished["finished_at"]);
        Assert.Equal((string?)inProgress["created_at"], (string?)finished["created_at"]);
    }

    [Fact]
    public async Task Get_OfAnActionAndOfAToken_NamesWhatWasMade()
    {
        var (captured, tokenized) = (MerchantClient.NewKey(), MerchantClient.NewKey());
        var paid = await Merchant.PayAsync();
        var capture = await Merchant.CaptureAsync(paid["id"]!, key: captured);
        var token = await Merchant.PostAsync(
            "/v1/tokens", $$$"""{"type":"card","card":{"number":"{{{Cards.Fresh()}}}","exp_month":12,"exp_year":2030}}""", tokenized);
        var ofCapture = (await Merchant.GetAsync($"/v1/idempotency/{captured}")).Body;
        var ofToken = (await Merchant.GetAsync($"/v1/idempotency/{tokenized}")).Body;
        Assert.Equal("operation", (string?)ofCapture["resource"]!["type"]);
        Assert.StartsWith("op_", (string?)ofCapture["resource"]!["id"], StringComparison.Ordinal);
        Assert.Equal(("token", token["id"]), ((string?)ofToken["resource"]!["type"], (string?)ofToken["resource"]!["id"]));
        Assert.True(JsonNode.DeepEquals(capture.Body, ofCapture["response"]!["body"]));
        Assert.True(JsonNode.DeepEquals(token.Body, ofToken["response"]!["body"]));
    }

    [Fact]
    public async Task Get_AnotherMerchantsOrModesOrNobodys_Is404()
    {
        var key = MerchantClient.NewKey();
        await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), key);
        using var other = await Host.NewMerchantAsync();
        using var live = Host.ClientOf(Merchant.Merchant, Mode.Live);
        foreach (var answer in new[] { await other.GetAsync($"/v1/idempotency/{key}"), await live.GetAsync($"/v1/idempotency/{key}"), await Merchant.GetAsync("/v1/idempotency/never-sent") })
        {
            Assert.Equal((HttpStatusCode.NotFound, "not_found"), (answer.Status, answer["code"]));
        }
    }

    [Theory]
    [InlineData("order/7 of 9")]
    [InlineData("100% sure?#&=+")]
    public async Task Get_KeyWithCharactersOfAddresses_IsFoundEncoded(string sign)
    {
        var key = $"{MerchantClient.NewKey()} {sign}";
        await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), key);
        var found = await Merchant.GetAsync($"/v1/idempotency/{Uri.EscapeDataString(key)}");
        Assert.Equal((HttpStatusCode.OK, key), (found.Status, found["key"]));
    }

    [Fact]
    public async Task Get_RefusedByTheAcquirer_SaysHow()
    {
        // A capture that the acquirer refuses is kept as a refusal, and told as one.
        var paid = await Merchant.PayAsync();
        var key = MerchantClient.NewKey();
        await using var connection = new Npgsql.NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await Merchant.CaptureAsync(paid["id"]!, key: key);
        const string refused = """{"message":"Cannot capture: northbank refused it (expired_authorization).","reason":"expired_authorization","allowed_actions":[]}""";
        await using var rewrite = new Npgsql.NpgsqlCommand("UPDATE idempotency_keys SET response_status = 409, response_body = $2 WHERE key = $1", connection)
        {
            Parameters = { new() { Value = key }, new() { Value = refused } },
        };
        Assert.Equal(1, await rewrite.ExecuteNonQueryAsync());
        var found = (await Merchant.GetAsync($"/v1/idempotency/{key}")).Body["response"]!;
        Assert.Equal((409, "acquirer_refused", "expired_authorization"), ((int)found["status"]!, (string?)found["body"]!["code"], (string?)found["body"]!["decline_code"]));
    }
}
