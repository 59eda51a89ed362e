using System.Net;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Support;

namespace PayFlow.Auth.IntegrationTests.Acquirers;

/// <summary>An acquirer goes and comes back: who gets its traffic meanwhile, and what an operator sees.</summary>
[Collection(OneWorld.Name)]
public sealed class OutageTests(World world) : HostedTests(world)
{
    private static readonly TimeSpan RampUp = TimeSpan.FromSeconds(8);

    protected override Action<Dictionary<string, string?>> Settings => settings =>
    {
        settings["Acquirers:Resilience:BreakAfter"] = "3";
        settings["Acquirers:Resilience:Break"] = "00:00:02";
        settings["Acquirers:Resilience:BreakAfterFailedTrial"] = "00:00:02";
        settings["Acquirers:Resilience:RampUp"] = RampUp.ToString();
        settings["Acquirers:Resilience:Retries"] = "0";
    };

    [Fact]
    public async Task Outage_FromTheFirstFailureToTheLastOfTheRampUp_IsOneStory()
    {
        Assert.Equal(("closed", 1.0), await StateAsync());
        var lost = new List<string>();
        var chaos = await World.Acquirers.MisbehaveAsync("northbank", new JsonObject { ["error_rate"] = 1.0 });
        await using (chaos)
        {
            while ((await StateAsync()).State == "closed")
            {
                var payment = await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), MerchantClient.NewKey());
                if (payment.Status == HttpStatusCode.Accepted)
                {
                    lost.Add(payment["id"]!);   // unclear: it stays with northbank, whatever happens
                }
                else
                {
                    Assert.Equal((HttpStatusCode.Created, "harbor"), (payment.Status, payment["acquirer"]));   // asking after a lost one failed and broke it, since we looked
                }
            }

            Assert.NotEmpty(lost);
            Assert.Equal(0, (await StateAsync()).Share);
            Assert.Equal("harbor", (await Merchant.PayAsync())["acquirer"]);
        }

        await UntilAsync(async () => (await StateAsync()).State == "ramp_up");   // one of the lost was the trial
        var (early, began) = (0, TimeProvider.System.GetTimestamp());
        while (TimeProvider.System.GetElapsedTime(began) < RampUp / 4)
        {
            early += await PaidAtAsync("northbank");
        }

        Assert.InRange((await StateAsync()).Share, 0.05, 0.75);
        await UntilAsync(async () => (await StateAsync()).State == "closed");
        var late = 0;
        for (var i = 0; i < 20; i++)
        {
            late += await PaidAtAsync("northbank");
        }

        Assert.Equal(20, late);
        Assert.True(others > early, $"In its first quarter northbank had {early} payments and the others {others}.");
        foreach (var payment in lost)
        {
            var done = await Merchant.UntilAsync(payment, answer => answer["status"] == "authorized");
            Assert.Equal("northbank", done["acquirer"]);
            Assert.Single(await BooksAsync(payment));
        }
    }

    [Fact]
    public async Task Acquirers_WithoutTheOperatorsKey_AreNotShown()
    {
        using var http = new HttpClient { BaseAddress = Host.Http };
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(new Uri("/internal/acquirers", UriKind.Relative))).StatusCode);
    }

    private int others;

    private async Task<int> PaidAtAsync(string acquirer)
    {
        if ((await Merchant.PayAsync())["acquirer"] == acquirer)
        {
            return 1;
        }

        others++;
        return 0;
    }

    private async Task<(string? State, double Share)> StateAsync()
    {
        var all = (await Operators.GetAsync(Host, "/internal/acquirers"))["data"]!.AsArray();
        Assert.Equal([("harbor", "xml"), ("keystone", "json"), ("meridian", "form"), ("northbank", "json")], all.Select(acquirer => ((string?)acquirer!["name"], (string?)acquirer["format"])));
        var northbank = all[^1]!;
        return ((string?)northbank["state"], (double)northbank["share"]!);
    }
}
