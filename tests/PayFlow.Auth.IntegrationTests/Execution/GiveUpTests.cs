using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>An authorization whose outcome stays open is undone at its acquirer before the payment fails.</summary>
[Collection(OneWorld.Name)]
public sealed class GiveUpTests(World world) : HostedTests(world)
{
    protected override Action<Dictionary<string, string?>> Settings => settings => settings["Auth:Executor:ResolveFor"] = "00:00:02";

    [Theory]
    [InlineData("lost_reply_rate")]   // it was carried out
    [InlineData("timeout_rate")]      // it may have been
    public async Task Authorize_OpenForTooLong_IsReversedAndFails(string fault)
    {
        Answer accepted;
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { [fault] = 1.0 });
        await using (chaos)
        {
            accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), MerchantClient.NewKey());
            var tries = int.MaxValue;
            await UntilAsync(async () => (await StoredAsync(accepted["id"]!)).Attempts[0] is { State: AttemptState.Unknown } open
                && TimeProvider.System.GetUtcNow() - open.CreatedAt > TimeSpan.FromSeconds(2)
                && (tries = open.Tries) > 0);
            // The round that may have begun before is over: from here on it is only undone, and a reply that gets through can't approve it any more.
            await UntilAsync(async () => (await StoredAsync(accepted["id"]!)).Attempts[0].Tries > tries);
        }

        var failed = await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "failed");
        Assert.Equal("acquirer_unresolved", failed["decline_code"]);
        var attempt = Assert.Single((await StoredAsync(accepted["id"]!)).Attempts);
        Assert.Equal(AttemptState.Reversed, attempt.State);
        Assert.Equal("reversed", (string?)Assert.Single(await World.Acquirers.BooksAsync([attempt.Reference]))["state"]);
    }
}
