using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PayFlow.Auth.IntegrationTests.Execution;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Webhooks;

/// <summary>Kills Auth at every crash point of the webhooks' way and looks whether everything arrives, under one id each.</summary>
[Collection(OneWorld.Name)]
public sealed class WebhookCrashTests(World world)
{
    public static TheoryData<string> Points() => [.. CrashPointNames.In("services", "Auth").Where(point => point.StartsWith("auth.webhook.", StringComparison.Ordinal))];

    [Fact]
    public void Sources_NameThePoints() => Assert.Equal(5, Points().Count);

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Crash_AtAnyPoint_DeliversEverything(string crashPoint)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var auth = new AuthProcess(world, await world.Postgres.CreateDatabaseAsync("payments"), settings =>
        {
            settings["Auth:Webhooks:AllowPrivateAddresses"] = "true";
            settings["Auth:Webhooks:Poll"] = "00:00:00.1";
            settings["Auth:Webhooks:Lease"] = "00:00:02";
            settings["Messaging:LeaseMs"] = "1000";
        });
        await auth.StartAsync();
        using var merchant = await auth.NewMerchantAsync();
        var endpoint = await merchant.PostAsync("/v1/webhook-endpoints", $$"""{"url":"{{receiver.Url("shop")}}"}""");
        Assert.Equal(HttpStatusCode.Created, endpoint.Status);
        await receiver.BehaveAsync("shop", new JsonObject { ["secret"] = endpoint["secret"] });
        await auth.StopAsync();

        await auth.StartAsync(crashPoint);
        await auth.WaitForHealthAsync();
        await MerchantsDay.OrNullAsync(PayAsync(merchant));
        var started = TimeProvider.System.GetTimestamp();
        while (auth.IsRunning)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), $"Nobody passed {crashPoint}: nothing was tested.");
            await Task.Delay(50);
        }

        await auth.StartAsync();
        var log = $"/v1/webhook-endpoints/{endpoint["id"]}/deliveries";
        JsonArray deliveries;
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(60), $"{(await merchant.GetAsync(log)).Text}\n{string.Join('\n', auth.Log.TakeLast(20))}");
            await Task.Delay(100);
            deliveries = (await merchant.GetAsync(log)).Body["data"]!.AsArray();
        }
        while (deliveries.Count < 2 || deliveries.Any(delivery => (string)delivery!["status"]! != "succeeded"));

        var events = (await merchant.GetAsync("/v1/events")).Body["data"]!.AsArray().Select(@event => (string)@event!["id"]!).ToList();
        Assert.Equal(events.Order(StringComparer.Ordinal), deliveries.Select(delivery => (string)delivery!["event_id"]!).Order(StringComparer.Ordinal));
        var received = receiver.Of("shop");
        Assert.Equal(events.Order(StringComparer.Ordinal), received.Select(came => came.Id).Distinct().Order(StringComparer.Ordinal));
        Assert.All(received, came => Assert.True(came.Verified));
        Assert.All(received.GroupBy(came => came.Id), same => Assert.Single(same.Select(came => Encoding.UTF8.GetString(came.Body)).Distinct()));
        if (crashPoint == "auth.webhook.sent")
        {
            Assert.Contains(received.GroupBy(came => came.Id), same => same.Count() == 2);   // sent before the crash, and again after it
        }
    }

    private static async Task<Answer> PayAsync(MerchantClient merchant) =>
        await merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync(), 1100, capture: true), MerchantClient.NewKey());
}
