using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Events;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Webhooks;

[Collection(OneWorld.Name)]
public sealed class WebhookTests(World world) : HostedTests(world), IAsyncLifetime
{
    private Receiver receiver = null!;

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Webhooks:AllowPrivateAddresses"] = "true";
        settings["Auth:Webhooks:Poll"] = "00:00:00.1";
        settings["Auth:Webhooks:Timeout"] = "00:00:01";
        settings["Auth:Webhooks:FailingFor"] = "00:00:04";
        settings["Auth:Webhooks:MaxEndpoints"] = "4";
    };

    async Task IAsyncLifetime.InitializeAsync()
    {
        await InitializeAsync();
        receiver = await Receiver.StartAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        await receiver.DisposeAsync();
        await DisposeAsync();
    }

    [Fact]
    public async Task Deliveries_AreVerifiedBySomebodyElse_AlsoDuringARotation()
    {
        var (endpoint, old) = await RegisterAsync("shop");
        var paid = await Merchant.PayAsync(1500, capture: true);
        var first = await UntilAsync("shop", 2);
        Assert.Equal(["payment.authorized", "payment.captured"], first.OrderBy(SequenceOf).Select(came => came.Type!));   // whichever came first
        foreach (var came in receiver.Of("shop"))
        {
            Assert.True(came.Verified);
            Assert.Equal((await Merchant.GetAsync($"/v1/events/{came.Id}")).Body.ToJsonString(), JsonNode.Parse(came.Body)!.ToJsonString());
            Assert.Equal(paid["id"], (string?)JsonNode.Parse(came.Body)!["data"]!["payment"]!["id"]);
            Assert.Equal("application/json", (string?)came.Headers["content-type"]);
            Assert.Null(came.Headers["traceparent"]);
        }

        var rotated = await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/rotate-secret", """{"overlap_seconds":3600}""");
        Assert.NotEqual(old, rotated["secret"]);
        Assert.NotNull(rotated["previous_secret_expires_at"]);
        Assert.True((await DeliverAsync("shop")).Verified);   // the receiver still has the old one
        await receiver.BehaveAsync("shop", new JsonObject { ["secret"] = rotated["secret"] });
        Assert.True((await DeliverAsync("shop")).Verified);

        var again = await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/rotate-secret", """{"overlap_seconds":0}""");
        Assert.False((await DeliverAsync("shop")).Verified);   // so verifying can fail
        await receiver.BehaveAsync("shop", new JsonObject { ["secret"] = again["secret"] });
        Assert.True((await DeliverAsync("shop")).Verified);
    }

    [Fact]
    public async Task Delivery_ThatFails_IsTriedAgainWithTheSameIdAndBody_AndLogged()
    {
        var (endpoint, _) = await RegisterAsync("flaky");
        await receiver.BehaveAsync("flaky", new JsonObject { ["status"] = 500 });
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        await UntilAsync("flaky", 1);
        await UntilAsync(async () => (await LogAsync(endpoint))[0]!["attempts"]!.AsArray().Count == 1);
        var pending = (await LogAsync(endpoint))[0]!;
        Assert.Equal(("pending", 500), ((string)pending["status"]!, (int)pending["attempts"]![0]!["status_code"]!));
        Assert.NotNull(pending["next_attempt_at"]);
        Assert.Equal("The endpoint answered 500.", (string?)pending["attempts"]![0]!["error"]);
        Assert.Equal(1024, ((string)pending["attempts"]![0]!["response"]!).Length);
        Assert.NotNull((await Merchant.GetAsync($"/v1/webhook-endpoints/{endpoint}"))["failing_since"]);

        // Too slow is a failure, too; then all is well.
        await receiver.BehaveAsync("flaky", new JsonObject { ["status"] = 204 });
        var came = await UntilAsync("flaky", 2);
        Assert.Equal((came[0].Id, Encoding.UTF8.GetString(came[0].Body)), (came[1].Id, Encoding.UTF8.GetString(came[1].Body)));
        Assert.InRange(came[1].At - came[0].At, 4_900, 8_000);
        Assert.True(came.All(webhook => webhook.Verified));
        await UntilAsync(async () => (string?)(await LogAsync(endpoint))[0]!["status"] == "succeeded");
        Assert.Equal([500, 204], (await LogAsync(endpoint))[0]!["attempts"]!.AsArray().Select(attempt => (int)attempt!["status_code"]!));
        Assert.Null((await Merchant.GetAsync($"/v1/webhook-endpoints/{endpoint}"))["failing_since"]);
        Assert.Empty((await Merchant.GetAsync($"/v1/webhook-endpoints/{endpoint}/deliveries?status=failed")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task Endpoint_ThatIsGone_IsDisabledAtOnceAndTheFeedTells()
    {
        var (gone, _) = await RegisterAsync("gone");
        await RegisterAsync("other");
        await receiver.BehaveAsync("gone", new JsonObject { ["status"] = 410 });
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        await UntilAsync(async () => (bool?)(await Merchant.GetAsync($"/v1/webhook-endpoints/{gone}")).Body["enabled"] == false);
        Assert.Equal("gone", (await Merchant.GetAsync($"/v1/webhook-endpoints/{gone}"))["disabled_reason"]);

        var told = (await UntilAsync("other", 2))[1];
        Assert.Equal("webhook_endpoint.disabled", told.Type);
        var data = JsonNode.Parse(told.Body)!["data"]!;
        Assert.Equal((gone, "gone"), ((string?)data["webhook_endpoint"]!["id"], (string?)data["disabling"]!["reason"]));
        Assert.Equal(told.Id, (await Telling.ListAsync(Merchant))[1]);

        await Telling.TellAsync(Host, Merchant.Merchant, 3);
        await UntilAsync("other", 5);
        Assert.Single(receiver.Of("gone"));
        Assert.Equal("failed", (string?)(await LogAsync(gone))[0]!["status"]);
        Assert.Equal(HttpStatusCode.Conflict, (await Merchant.PostAsync($"/v1/webhook-endpoints/{gone}/test", "")).Status);

        // Enabled again it gets what happens from then on.
        await receiver.BehaveAsync("gone", new JsonObject { ["status"] = 204 });
        await Merchant.SendAsync(HttpMethod.Patch, $"/v1/webhook-endpoints/{gone}", """{"enabled":true}""");
        await Telling.TellAsync(Host, Merchant.Merchant, 1, "payment.refunded");
        Assert.Equal("payment.refunded", (await UntilAsync("gone", 2))[1].Type);
    }

    [Fact]
    public async Task Endpoint_ThatFailsForTooLong_IsDisabled()
    {
        var (failing, _) = await RegisterAsync("failing");
        await receiver.BehaveAsync("failing", new JsonObject { ["delay_ms"] = 3_000 });   // longer than it has
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        await UntilAsync(async () => (await Merchant.GetAsync($"/v1/webhook-endpoints/{failing}"))["disabled_reason"] == "failing", 30);
        var attempts = (await LogAsync(failing))[0]!["attempts"]!.AsArray();
        Assert.Equal(2, attempts.Count);
        Assert.All(attempts, attempt => Assert.Equal("No whole answer within 1 s.", (string?)attempt!["error"]));
        await UntilAsync(async () => (await Merchant.GetAsync("/v1/events?types=webhook_endpoint.disabled")).Body["data"]!.AsArray().Count == 1, 30);   // in the feed once it is numbered
    }

    [Fact]
    public async Task Endpoint_ThatIsSlow_HoldsNobodyUp()
    {
        await RegisterAsync("slow");
        await RegisterAsync("quick");
        await receiver.BehaveAsync("slow", new JsonObject { ["delay_ms"] = 800 });
        await Telling.TellAsync(Host, Merchant.Merchant, 100);
        var quick = await UntilAsync("quick", 100);
        Assert.InRange(receiver.Of("slow").Count, 1, 60);   // four at once, 800 ms each
        Assert.Equal(100, quick.Select(came => came.Id).Distinct().Count());
        var slow = await UntilAsync("slow", 12);
        for (var i = 4; i < slow.Count; i++)
        {
            Assert.True(slow[i].At - slow[i - 4].At >= 700, "More than four at once went to the slow one.");
        }
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        var (endpoint, _) = await RegisterAsync("moved");
        await receiver.BehaveAsync("moved", new JsonObject { ["status"] = 307, ["location"] = receiver.Url("elsewhere").AbsoluteUri });
        await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/test", "");
        await UntilAsync(async () => (await LogAsync(endpoint))[0]!["attempts"]!.AsArray().Count == 1);
        Assert.Equal(307, (int)(await LogAsync(endpoint))[0]!["attempts"]![0]!["status_code"]!);
        Assert.Empty(receiver.Of("elsewhere"));
    }

    [Fact]
    public async Task TestAndRedelivery_AreSentNow()
    {
        var (endpoint, _) = await RegisterAsync("shop");
        var test = await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/test", "", "test-1");
        Assert.Equal((HttpStatusCode.Accepted, "webhook_endpoint.test", "pending"), (test.Status, test["type"], test["status"]));
        var again = await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/test", "", "test-1");
        Assert.Equal((true, test.Text), (again.IsReplay, again.Text));
        var came = (await UntilAsync("shop", 1))[0];
        Assert.Equal((true, test["event_id"]), (came.Verified, came.Id));
        await UntilAsync(async () => (string?)(await LogAsync(endpoint))[0]!["status"] == "succeeded");

        var redelivered = await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/deliveries/{test["id"]}/redeliver", "{}");
        Assert.Equal(HttpStatusCode.Accepted, redelivered.Status);
        var twice = await UntilAsync("shop", 2);
        Assert.Equal((came.Id, Encoding.UTF8.GetString(came.Body)), (twice[1].Id, Encoding.UTF8.GetString(twice[1].Body)));
        await UntilAsync(async () => (await LogAsync(endpoint))[0]!["attempts"]!.AsArray().Count == 2);
        using var neighbour = await Host.NewMerchantAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await neighbour.PostAsync($"/v1/webhook-endpoints/{endpoint}/deliveries/{test["id"]}/redeliver", "")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Merchant.PostAsync($"/v1/webhook-endpoints/{endpoint}/deliveries/whd_1/redeliver", "")).Status);
        Assert.Empty(await Telling.ListAsync(Merchant));   // a test is no event
    }

    [Fact]
    public async Task TwoProcesses_DeliverEachOnce()
    {
        await using var second = await StartOwnAsync();
        await RegisterAsync("shop", """["payment.captured"]""");
        await RegisterAsync("books");
        using var neighbour = await Host.NewMerchantAsync();
        await Telling.TellAsync(Host, neighbour.Merchant, 10);
        await Telling.TellAsync(Host, Merchant.Merchant, 150);
        await Telling.TellAsync(second, Merchant.Merchant, 50, "payment.refunded");
        await UntilAsync("shop", 150);
        await UntilAsync("books", 200);
        await Task.Delay(500);
        Assert.Equal((150, 200), (receiver.Of("shop").Count, receiver.Of("books").Count));
        Assert.Equal((150, 200), (receiver.Of("shop").DistinctBy(came => came.Id).Count(), receiver.Of("books").DistinctBy(came => came.Id).Count()));
        Assert.All(receiver.Of("shop"), came => Assert.Equal("payment.captured", came.Type));
        Assert.Equal((await Telling.ListAsync(Merchant)).Order(StringComparer.Ordinal), receiver.Of("books").Select(came => came.Id).Order(StringComparer.Ordinal));
    }

    private async Task<(string Id, string Secret)> RegisterAsync(string name, string types = "[]")
    {
        var answer = await Merchant.PostAsync("/v1/webhook-endpoints", $$"""{"url":"{{receiver.Url(name)}}","types":{{types}}}""");
        Assert.True(answer.Status == HttpStatusCode.Created, answer.ToString());
        await receiver.BehaveAsync(name, new JsonObject { ["secret"] = answer["secret"] });
        return (answer["id"]!, answer["secret"]!);
    }

    private static long SequenceOf(Received came) => (long)JsonNode.Parse(came.Body)!["sequence"]!;

    /// <summary>Tells of one more event and gives what comes of it.</summary>
    private async Task<Received> DeliverAsync(string name)
    {
        var before = receiver.Of(name).Count;
        await Telling.TellAsync(Host, Merchant.Merchant, 1);
        return (await UntilAsync(name, before + 1))[before];
    }

    private async Task<IReadOnlyList<Received>> UntilAsync(string name, int count)
    {
        await UntilAsync(() => Task.FromResult(receiver.Of(name).Count >= count), 30);
        return receiver.Of(name);
    }

    private async Task<JsonArray> LogAsync(string endpoint) => (await Merchant.GetAsync($"/v1/webhook-endpoints/{endpoint}/deliveries")).Body["data"]!.AsArray();
}
