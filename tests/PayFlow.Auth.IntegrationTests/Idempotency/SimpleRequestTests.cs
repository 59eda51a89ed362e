using System.Net;
using System.Text.Json.Nodes;
using Npgsql;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Idempotency;

/// <summary>Requests that one transaction carries out, at the example of tokens: a key, one thing, one answer.</summary>
[Collection(OneWorld.Name)]
public sealed class SimpleRequestTests(World world) : HostedTests(world)
{
    private const int AtOnce = 50;

    [Fact]
    public async Task Token_FiftyAtOnceInTwoProcesses_IsOneTokenAndOneAnswer()
    {
        await using var second = await AuthHost.StartAsync(World);
        using var elsewhere = Merchant.At(second);
        var (key, body) = (MerchantClient.NewKey(), Token(Cards.Fresh()));
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => (i % 2 == 0 ? Merchant : elsewhere).PostAsync("/v1/tokens", body, key)));
        Assert.All(answers, answer => Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString()));
        Assert.Single(answers.Select(answer => answer.Text).Distinct());
        Assert.Single(answers, answer => !answer.IsReplay);
        Assert.Equal(1, await CountAsync("SELECT count(*) FROM tokens WHERE merchant_id = $1"));
    }

    [Fact]
    public async Task Token_SameKeyAgain_IsTheSameAnswerByteForByte()
    {
        var (key, number) = (MerchantClient.NewKey(), Cards.Fresh());
        var first = await Merchant.PostAsync("/v1/tokens", Token(number), key);
        var again = await Merchant.PostAsync("/v1/tokens", $$"""{ "card": { "exp_year": 2030, "cvc": "123", "exp_month": 12, "number": "{{number}}" }, "type": "card", "idempotency_key": "{{key}}" }""");
        Assert.Equal((HttpStatusCode.Created, false), (first.Status, first.IsReplay));
        Assert.Equal((HttpStatusCode.Created, true, first.Text), (again.Status, again.IsReplay, again.Text));
    }

    [Fact]
    public async Task Token_SameKeyOtherRequest_Is422AndNothingIsMade()
    {
        var (key, number) = (MerchantClient.NewKey(), Cards.Fresh());
        await Merchant.PostAsync("/v1/tokens", Token(number), key);
        foreach (var other in new[] { Token(Cards.Fresh()), Token(number, month: 11), Token(number, year: 2031) })
        {
            var refused = await Merchant.PostAsync("/v1/tokens", other, key);
            Assert.Equal((HttpStatusCode.UnprocessableEntity, "idempotency_key_reused"), (refused.Status, refused["code"]));
        }

        Assert.Equal(1, await CountAsync("SELECT count(*) FROM tokens WHERE merchant_id = $1"));
    }

    [Fact]
    public async Task Token_OtherSecurityCode_IsTheSameRequest()
    {
        // What is kept for good must not tell the code, so it can't tell two codes apart either.
        var (key, number) = (MerchantClient.NewKey(), Cards.Fresh());
        var first = await Merchant.PostAsync("/v1/tokens", Token(number, cvc: "123"), key);
        Assert.Equal(first.Text, (await Merchant.PostAsync("/v1/tokens", Token(number, cvc: "124"), key)).Text);
    }

    [Fact]
    public async Task Token_WithoutAKey_IsMadeEachTime()
    {
        var body = Token(Cards.Fresh());
        var (one, two) = (await Merchant.PostAsync("/v1/tokens", body), await Merchant.PostAsync("/v1/tokens", body));
        Assert.NotEqual(one["id"], two["id"]);
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM idempotency_keys WHERE merchant_id = $1"));
    }

    [Fact]
    public async Task Token_RefusedAtFirst_LeavesTheKeyFree()
    {
        var key = MerchantClient.NewKey();
        Assert.Equal(HttpStatusCode.BadRequest, (await Merchant.PostAsync("/v1/tokens", Token("4242424242424241"), key)).Status);
        Assert.Equal(HttpStatusCode.Created, (await Merchant.PostAsync("/v1/tokens", Token(Cards.Fresh()), key)).Status);
    }

    [Fact]
    public async Task Key_OfATokenForAPaymentAndBack_Is422()
    {
        var (tokens, payments) = (MerchantClient.NewKey(), MerchantClient.NewKey());
        var token = await Merchant.PostAsync("/v1/tokens", Token(Cards.Fresh()), tokens);
        await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token["id"]!), payments);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token["id"]!), tokens)).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await Merchant.PostAsync("/v1/tokens", Token(Cards.Fresh()), payments)).Status);
        var capture = await Merchant.PostAsync($"/v1/payments/{(await Merchant.PayAsync())["id"]}/capture", "{}", tokens);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, capture.Status);
    }

    [Theory]
    [InlineData("bad key ")]
    [InlineData("ümlaut")]
    public async Task Key_Malformed_Is400AlsoWhereItIsOptional(string key)
    {
        var body = JsonNode.Parse(Token(Cards.Fresh()))!.AsObject();
        body["idempotency_key"] = key;
        var refused = await Merchant.PostAsync("/v1/tokens", body.ToJsonString());
        Assert.Equal((HttpStatusCode.BadRequest, "idempotency_key"), (refused.Status, refused["param"]));
    }

    [Fact]
    public async Task Row_OfAToken_HasNothingThatACardNumberCouldBeGuessedFrom()
    {
        var (key, number) = (MerchantClient.NewKey(), Cards.Fresh());
        await Merchant.PostAsync("/v1/tokens", Token(number, cvc: "739"), key);
        var row = await KeySql.FindAsync(Host.Get<Storage.Shards>().For(Merchant.Merchant.Slot).Source, new KeyName(Merchant.Merchant, Mode.Test, key), CancellationToken.None);
        Assert.NotNull(row);
        Assert.Equal("{}", row.Request);
        Assert.DoesNotContain(number, row.Answer!.Body, StringComparison.Ordinal);
        string[] guesses = [number, $"{number}\n12\n2030", $"token.create\n{number}\n12\n2030", $"{KeyKind.CreateToken}\n{number}\n12\n2030"];
        Assert.All(guesses, guess => Assert.NotEqual(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(guess)), row.Fingerprint));
    }

    [Fact]
    public async Task Crash_AfterTheCommit_IsAnsweredAgain()
    {
        await using var auth = new AuthProcess(World, World.QuietDatabase);
        await auth.StartAsync("auth.simple.committed");
        await auth.WaitForHealthAsync();
        using var merchant = await auth.NewMerchantAsync();
        var (key, body) = (MerchantClient.NewKey(), Token(Cards.Fresh()));
        await Assert.ThrowsAsync<HttpRequestException>(() => merchant.PostAsync("/v1/tokens", body, key));
        await auth.StartAsync();
        var again = await merchant.PostAsync("/v1/tokens", body, key);
        Assert.Equal((HttpStatusCode.Created, true), (again.Status, again.IsReplay));
        Assert.Equal(1, await CountAsync("SELECT count(*) FROM tokens WHERE merchant_id = $1", World.QuietDatabase, merchant.Merchant));
    }

    [Theory]
    [InlineData("SELECT k.key FROM idempotency_keys k WHERE k.merchant_id = $1 AND k.mode = 1 AND k.key = 'k'", "idempotency_keys_pkey")]
    [InlineData("SELECT k.key FROM idempotency_keys k WHERE k.resource_id = $1 AND k.payment_id = $1", "idempotency_keys_resource_unique")]
    [InlineData("SELECT payment_id FROM accepted_payments WHERE accepted_at < now() AND payment_id <> $1 ORDER BY accepted_at LIMIT 10", "accepted_payments_in_order")]
    public async Task Queries_OfTheExecutor_HaveTheirIndexes(string sql, string index)
    {
        await using var connection = new NpgsqlConnection(World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var plain = new NpgsqlCommand("SET enable_seqscan = off; SET enable_bitmapscan = off", connection);
        await plain.ExecuteNonQueryAsync();
        await using var explain = new NpgsqlCommand($"EXPLAIN {sql.Replace("$1", $"'{Merchant.Merchant.Value}'", StringComparison.Ordinal)}", connection);
        await using var reader = await explain.ExecuteReaderAsync();
        var plan = new List<string>();
        while (await reader.ReadAsync())
        {
            plan.Add(reader.GetString(0));
        }

        Assert.Contains(plan, line => line.Contains(index, StringComparison.Ordinal));
    }

    private static string Token(string number, int month = 12, int year = 2030, string cvc = "123") => new JsonObject
    {
        ["type"] = "card",
        ["card"] = new JsonObject { ["number"] = number, ["exp_month"] = month, ["exp_year"] = year, ["cvc"] = cvc },
    }.ToJsonString();

    private async Task<long> CountAsync(string sql, string? database = null, Id? merchant = null)
    {
        await using var connection = new NpgsqlConnection(database ?? World.PaymentsDatabase);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = (merchant ?? Merchant.Merchant).Value } } };
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
