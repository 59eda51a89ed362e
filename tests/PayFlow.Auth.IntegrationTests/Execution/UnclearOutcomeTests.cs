using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>What becomes of a payment whose acquirer doesn't say what it did.</summary>
[Collection(OneWorld.Name)]
public sealed class UnclearOutcomeTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Authorize_ReplyLost_IsResolvedUnderTheSameReference()
    {
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["amounts"] = true });
        var paid = await Merchant.PayAsync(2405);
        Assert.Equal("authorized", paid["status"]);
        await AssertOnceAsync(paid["id"]!, 2405, "approved");
    }

    [Fact]
    public async Task Authorize_EveryReplyLost_StaysWithItsAcquirerUntilItAnswers()
    {
        Answer accepted;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), MerchantClient.NewKey());
            Assert.Equal((HttpStatusCode.Accepted, "processing"), (accepted.Status, accepted["status"]));
            Assert.Equal($"/v1/payments/{accepted["id"]}", accepted.Headers["Location"]);
            await UntilTriedAsync(accepted["id"]!, 2);
        }

        await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "authorized");
        await AssertOnceAsync(accepted["id"]!, 1500, "approved");
        Assert.Equal(1, (await Merchant.HistoryAsync(accepted["id"]!)).Count(type => type == "attempt.unknown"));
    }

    [Fact]
    public async Task Authorize_AcquirerSilent_NeverGoesToAnother()
    {
        Answer accepted;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["timeout_rate"] = 1.0 });
        await using (chaos)
        {
            accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), MerchantClient.NewKey());
            Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
            await UntilTriedAsync(accepted["id"]!, 2);
        }

        var done = await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "authorized");
        Assert.Equal("northbank", done["acquirer"]);
        await AssertOnceAsync(accepted["id"]!, 1500, "approved");
    }

    [Fact]
    public async Task Authorize_RetryWhileOpen_AnswersTheSamePayment()
    {
        var (token, key) = (await Merchant.TokenAsync(), MerchantClient.NewKey());
        Answer first;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            first = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
            var second = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
            Assert.Equal((HttpStatusCode.Accepted, first["id"]), (second.Status, second["id"]));
        }

        await Merchant.UntilAsync(first["id"]!, answer => answer["status"] == "authorized");
        var replay = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal((HttpStatusCode.Created, true, "authorized", first["id"]), (replay.Status, replay.IsReplay, replay["status"], replay["id"]));
    }

    [Fact]
    public async Task Capture_ReplyLost_IsOneCapture()
    {
        var paid = await Merchant.PayAsync(1000);
        var key = MerchantClient.NewKey();
        Answer accepted;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            accepted = await Merchant.CaptureAsync(paid["id"]!, 400, key: key);
            Assert.Equal((HttpStatusCode.Accepted, 400L), (accepted.Status, (long)accepted.Body["amounts"]!["capturing"]!));
        }

        await Merchant.UntilAsync(paid["id"]!, answer => (long)answer.Body["amounts"]!["captured"]! == 400);
        var replay = await Merchant.CaptureAsync(paid["id"]!, 400, key: key);
        Assert.Equal((HttpStatusCode.OK, true, "partially_captured"), (replay.Status, replay.IsReplay, replay["status"]));
        Assert.Equal(400, (long)Assert.Single(Assert.Single(await BooksAsync(paid["id"]!))["captures"]!.AsArray())!["amount"]!);
    }

    [Fact]
    public async Task Void_ReplyLost_IsVoidedOnce()
    {
        var paid = await Merchant.PayAsync(1000);
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["lost_reply_rate"] = 1.0 });
        await using (chaos)
        {
            var accepted = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", MerchantClient.NewKey());
            Assert.Equal((HttpStatusCode.Accepted, "authorized"), (accepted.Status, accepted["status"]));
            var capture = await Merchant.CaptureAsync(paid["id"]!);
            Assert.Equal("Cannot capture: a void is in progress.", capture["detail"]);
        }

        await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "voided");
        Assert.Equal("reversed", (string?)Assert.Single(await BooksAsync(paid["id"]!))["state"]);
    }

    private Task UntilTriedAsync(string payment, int rounds) => UntilAsync(async () => (await StoredAsync(payment)).Attempts[0].Tries >= rounds);

    private async Task AssertOnceAsync(string payment, long amount, string state)
    {
        var attempt = Assert.Single((await StoredAsync(payment)).Attempts);
        var there = Assert.Single(await World.Acquirers.BooksAsync([attempt.Reference]));
        Assert.Equal((amount, state), ((long)there["amount"]!, (string?)there["state"]));
    }
}
