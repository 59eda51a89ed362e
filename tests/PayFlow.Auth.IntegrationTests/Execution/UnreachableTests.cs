using System.Net;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

/// <summary>An acquirer that certainly did nothing may be left for another.</summary>
[Collection(OneWorld.Name)]
public sealed class UnreachableTests(World world) : HostedTests(world)
{
    private readonly int nobodyListens = FreePort.Next();

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Auth:Routing:Acquirers:northbank:Address"] = World.Local(nobodyListens).AbsoluteUri;
        settings["Auth:Routing:Acquirers:gone:Address"] = World.Local(nobodyListens).AbsoluteUri;
        settings["Auth:Routing:Currencies:EUR:0"] = "northbank";
        settings["Auth:Routing:Currencies:EUR:1"] = "gone";
        settings["Auth:Executor:ResolveFor"] = "00:00:03";
        settings["Acquirers:Resilience:BreakAfter"] = "5";
    };

    [Fact]
    public async Task Authorize_FirstUnreachable_GoesToTheNext()
    {
        var paid = await Merchant.PayAsync();
        Assert.Equal(("authorized", "harbor"), (paid["status"], paid["acquirer"]));
        Assert.Equal([AttemptState.NotProcessed, AttemptState.Approved], (await StoredAsync(paid["id"]!)).Attempts.Select(attempt => attempt.State));
        Assert.Equal("harbor", (string?)Assert.Single(await BooksAsync(paid["id"]!))["acquirer"]);
    }

    [Fact]
    public async Task Authorize_FirstKeepsFailing_IsPassedOverByItsBreaker()
    {
        for (var i = 0; i < 4; i++)
        {
            await Merchant.PayAsync();
        }

        var paid = await Merchant.PayAsync();
        Assert.Equal("harbor", Assert.Single((await StoredAsync(paid["id"]!)).Attempts).Acquirer);
    }

    [Fact]
    public async Task Authorize_NobodyReachable_FailsAfterItsTimeWithNothingHeld()
    {
        var token = await Merchant.TokenAsync();
        var accepted = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(token, currency: "EUR"), MerchantClient.NewKey());
        Assert.Equal((HttpStatusCode.Accepted, "processing"), (accepted.Status, accepted["status"]));
        var failed = await Merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "failed");
        Assert.Equal("no_acquirer_available", failed["decline_code"]);
        Assert.All((await StoredAsync(accepted["id"]!)).Attempts, attempt => Assert.Equal(AttemptState.NotProcessed, attempt.State));
    }

    [Fact]
    public async Task Create_EveryBreakerOpen_Is503BeforeAnythingIsWritten()
    {
        Answer answer;
        do
        {
            answer = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync(), currency: "EUR"), MerchantClient.NewKey());
        }
        while (answer.Status == HttpStatusCode.Accepted);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "acquirers_unavailable"), (answer.Status, answer["code"]));
        Assert.True(answer.Headers.ContainsKey("Retry-After"));

        var before = (await Merchant.GetAsync("/v1/payments?limit=100")).Body["data"]!.AsArray().Count;
        await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync(), currency: "EUR"), MerchantClient.NewKey());
        Assert.Equal(before, (await Merchant.GetAsync("/v1/payments?limit=100")).Body["data"]!.AsArray().Count);
    }
}
