using PayFlow.Auth.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Execution;

[Collection(OneWorld.Name)]
public sealed class RiskTests(World world) : HostedTests(world)
{
    [Fact]
    public async Task Create_HighestRiskCard_IsBlockedBeforeAnyAcquirer()
    {
        var paid = await Merchant.PayAsync(number: "4000000000004954");
        Assert.Equal(("declined", "blocked_by_risk", null), (paid["status"], paid["decline_code"], paid["acquirer"]));
        Assert.Equal("block", (string?)paid.Body["risk"]!["decision"]);
        Assert.Empty((await StoredAsync(paid["id"]!)).Attempts);
    }

    [Theory]
    [InlineData(10_000, "authorized", "allow", null)]
    [InlineData(10_001, "declined", "unavailable", "risk_unavailable")]
    public async Task Create_FraudAway_FallsBackVisibly(long amount, string status, string decision, string? code)
    {
        await using var host = await AuthHost.StartAsync(World, settings =>
        {
            settings["services:fraud:grpc:0"] = World.Local(FreePort.Next()).AbsoluteUri;
            settings["Auth:Risk:Patience"] = "00:00:01";
        });
        using var merchant = await host.NewMerchantAsync();
        var paid = await merchant.PayAsync(amount);
        Assert.Equal((status, decision, true, code), (paid["status"], (string?)paid.Body["risk"]!["decision"], (bool)paid.Body["risk"]!["fallback"]!, paid["decline_code"]));
        var history = await merchant.GetAsync($"/v1/payments/{paid["id"]}/history");
        Assert.True((bool)history.Body["data"]!.AsArray().Single(entry => (string?)entry!["type"] == "risk.assessed")!["metadata"]!["fallback"]!);
    }
}
