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
}
