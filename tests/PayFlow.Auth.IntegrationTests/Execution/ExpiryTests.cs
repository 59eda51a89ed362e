using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>A hold that lapses is let go of by itself, here and at the acquirer.</summary>
[Collection(OneWorld.Name)]
public sealed class ExpiryTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Hold_Lapsed_IsReversedAtTheAcquirerAndExpires()
    {
        var paid = await Merchant.PayAsync();
        await Holds.LapseAsync(World.PaymentsDatabase, paid["id"]!);
        var expired = await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "expired");
        Assert.Equal((1500L, 1500L), ((long)expired.Body["amounts"]!["authorized"]!, (long)expired.Body["amounts"]!["released"]!));
        Assert.Equal("reversed", (string?)(await BooksAsync(paid["id"]!))[0]["state"]);
        Assert.Equal(["expiry.due", "payment.expired"], (await Merchant.HistoryAsync(paid["id"]!)).TakeLast(2));

        var stored = await StoredAsync(paid["id"]!);
        Assert.Equal((null, null), (stored.Lease.Owner, stored.Lease.DueAt));
        var refused = await Merchant.CaptureAsync(paid["id"]!);
        Assert.Equal((HttpStatusCode.Conflict, $"Cannot capture: the authorization lapsed at {stored.ExpiresAt:yyyy-MM-dd HH:mm} UTC."), (refused.Status, refused["detail"]));
        Assert.Equal(stored.Version, (await StoredAsync(paid["id"]!)).Version);
    }

    [Fact]
    public async Task Hold_Lapsed_LeavesTheAnswerOfTheCreateAsItWas()
    {
        var (token, key) = (await Merchant.TokenAsync(), MerchantClient.NewKey());
        var first = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        await Holds.LapseAsync(World.PaymentsDatabase, first["id"]!);
        await Merchant.UntilAsync(first["id"]!, answer => answer["status"] == "expired");
        var again = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key);
        Assert.Equal((HttpStatusCode.Created, true, first.Text), (again.Status, again.IsReplay, again.Text));
    }

    [Fact]
    public async Task Hold_LapsedAfterAPartialCapture_LetsGoOfTheRestAlone()
    {
        var paid = await Merchant.PayAsync(1000);
        await Merchant.CaptureAsync(paid["id"]!, 400);
        await Holds.LapseAsync(World.PaymentsDatabase, paid["id"]!);
        var captured = await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "captured");
        Assert.Equal((400L, 600L), ((long)captured.Body["amounts"]!["captured"]!, (long)captured.Body["amounts"]!["released"]!));
        Assert.Equal(400, (long)Assert.Single(await BooksAsync(paid["id"]!))["captured"]!);
    }

    [Fact]
    public async Task Hold_AcquirerSilent_StaysUntilItAnswersAndNothingElseIsDoneMeanwhile()
    {
        var paid = await Merchant.PayAsync();
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["timeout_rate"] = 1.0 });
        await using (chaos)
        {
            await Holds.LapseAsync(World.PaymentsDatabase, paid["id"]!);
            await UntilAsync(async () => (await StoredAsync(paid["id"]!)).Attempts is [_, { State: AttemptState.Unknown, Tries: >= 2 }]);
            var refused = await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", MerchantClient.NewKey());
            Assert.Equal("Cannot void: the authorization has lapsed and is being released.", refused["detail"]);
            Assert.Equal("authorized", (await Merchant.GetAsync($"/v1/payments/{paid["id"]}"))["status"]);
        }

        await Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "expired");
        Assert.Equal("reversed", (string?)(await BooksAsync(paid["id"]!))[0]["state"]);
    }

    [Fact]
    public async Task Hold_OfAVoidedPayment_IsNeverDue()
    {
        var paid = await Merchant.PayAsync();
        await Merchant.PostAsync($"/v1/payments/{paid["id"]}/void", "{}", MerchantClient.NewKey());
        Assert.Null((await StoredAsync(paid["id"]!)).Lease.DueAt);
    }
}
