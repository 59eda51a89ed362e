using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>An acquirer approves, and calls the authorization what another payment's is called: by that id the other one would be captured.</summary>
[Collection(OneWorld.Name)]
public sealed class DuplicateIdTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Authorize_IdOfAnotherPayment_IsNoAnswerAndTheInquiryDecides()
    {
        var first = await Merchant.PayAsync(1000, capture: true);
        Assert.Equal("northbank", first["acquirer"]);
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["duplicate_id_rate"] = 1.0 });

        var accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync(), 2000), MerchantClient.NewKey());
        var second = await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] != "processing");

        Assert.Equal(("authorized", "northbank"), (second["status"], second["acquirer"]));
        Assert.NotEqual(first["external_id"], second["external_id"]);
        Assert.Equal(Assert.Single(await BooksAsync(second["id"]!))["external_id"]!.GetValue<string>(), second["external_id"]);
        Assert.Contains("attempt.unknown", await Merchant.HistoryAsync(second["id"]!));

        Assert.Equal("captured", (await Merchant.CaptureAsync(second["id"]!))["status"]);
        Assert.Equal(2000L, (long)Assert.Single(await BooksAsync(second["id"]!))["captured"]!);
        Assert.Equal(1000L, (long)Assert.Single(await BooksAsync(first["id"]!))["captured"]!);
    }

    // What another shard or another system goes by can't be known here. The acquirer is told our reference with the capture: it takes nothing from the other one.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Capture_IdOfAnotherSystemsPayment_TakesFromItsOwnAuthorizationOnly(bool atOnce)
    {
        await using var elsewhere = await StartOwnAsync(await World.Postgres.CreateDatabaseAsync("payments"));
        using var other = await elsewhere.NewMerchantAsync();
        var theirs = await other.PayAsync(9000, capture: false);
        Assert.Equal(("northbank", "partially_captured"), (theirs["acquirer"], (await other.CaptureAsync(theirs["id"]!, 100, final: false))["status"]));
        await using var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["duplicate_id_rate"] = 1.0 });

        var paid = await Merchant.PayAsync(2000, capture: atOnce);
        var captured = await (atOnce ? Merchant.UntilAsync(paid["id"]!, answer => answer["status"] == "captured") : Merchant.CaptureAsync(paid["id"]!));

        var there = Assert.Single(await World.Acquirers.BooksAsync([(await StoredAsync(paid["id"]!)).Attempts[0].Reference]));
        Assert.Equal(("captured", (string?)there["external_id"], 2000L), (captured["status"], captured["external_id"], (long)there["captured"]!));
        Assert.NotEqual(theirs["external_id"], captured["external_id"]);
        var books = await World.Acquirers.BooksAsync();
        Assert.Equal(100L, (long)books.Single(entry => (string?)entry["external_id"] == theirs["external_id"])["captured"]!);
        Assert.Equal(["capture.requested", "authorization.renamed", "payment.captured"], (await Merchant.HistoryAsync(paid["id"]!)).TakeLast(3));
        Assert.Equal("refunded", (await Merchant.RefundAsync(paid["id"]!))["status"]);
    }
}
