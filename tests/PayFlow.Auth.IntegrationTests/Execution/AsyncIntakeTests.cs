using System.Net;
using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Auth.Payments;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

[Collection(OneWorld.Name)]
public sealed class AsyncIntakeTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Create_RespondAsync_IsThereAtOnceAndCarriedOut()
    {
        // The sweep is too late for this: it is the topic that brings it.
        await using var host = await AuthHost.StartAsync(World, settings => settings["Auth:Sweep:IntakeAge"] = "00:10:00");
        using var merchant = await host.NewMerchantAsync();
        var (token, key) = (await merchant.TokenAsync(), MerchantClient.NewKey());
        var accepted = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key, "respond-async");
        Assert.Equal((HttpStatusCode.Accepted, "respond-async"), (accepted.Status, accepted.Headers["Preference-Applied"]));
        var at = accepted.Headers["Location"];
        var first = await merchant.GetAsync(at);
        Assert.Equal((HttpStatusCode.OK, accepted["id"], 1500L), (first.Status, first["id"], (long)first.Body["amount"]!["amount"]!));
        Assert.Equal(Enum.GetValues<PaymentAction>().Length, first.Body["allowed_actions"]!.AsArray().Count);

        var again = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key, "respond-async");
        Assert.Equal(accepted["id"], again["id"]);
        var paid = await merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "authorized");
        Assert.Single((await StoredAsync(paid["id"]!)).Attempts);
        var replay = await merchant.PostAsync("/v1/payments", MerchantClient.Create(token), key, "respond-async");
        Assert.Equal((HttpStatusCode.Created, true), (replay.Status, replay.IsReplay));
    }

    [Fact]
    public async Task Create_RespondAsyncWithoutBroker_IsBroughtByTheSweep()
    {
        await using var host = await AuthHost.StartAsync(World, settings =>
        {
            settings["ConnectionStrings:kafka"] = $"127.0.0.1:{FreePort.Next()}";
            settings["Auth:Idempotency:IngestTimeout"] = "00:00:00.2";
        });
        using var merchant = await host.NewMerchantAsync();
        var accepted = await merchant.PostAsync("/v1/payments", MerchantClient.Create(await merchant.TokenAsync()), MerchantClient.NewKey(), "respond-async");
        Assert.Equal(HttpStatusCode.Accepted, accepted.Status);
        await merchant.UntilAsync(accepted["id"]!, answer => answer["status"] == "authorized");
    }

    [Fact]
    public async Task Create_ManyRespondAsync_EachOnce()
    {
        var accepted = await Task.WhenAll(Enumerable.Range(0, 40).Select(async _ =>
            await Merchant.PostAsync("/v1/payments", MerchantClient.Create(await Merchant.TokenAsync()), MerchantClient.NewKey(), "respond-async")));
        Assert.Equal(40, accepted.Select(answer => answer["id"]).Distinct().Count());
        foreach (var answer in accepted)
        {
            await Merchant.UntilAsync(answer["id"]!, payment => payment["status"] == "authorized", seconds: 40);
            Assert.Single(await BooksAsync(answer["id"]!));
        }
    }
}
