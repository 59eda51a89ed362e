using System.Diagnostics;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Fraud.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Fraud.IntegrationTests.Velocity;

/// <summary>Redis only adds signals: without it there are fewer, and the answer says so.</summary>
public sealed class RedisAwayTests
{
    [Fact]
    public async Task CheckRisk_RedisKilledAndStartedAgain_IsDegradedMeanwhile()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await using var fraud = await FraudProcess.StartNewAsync(redis);
        var fingerprint = Asks.NewFingerprint();
        Assert.False((await fraud.Client.CheckRiskAsync(Asks.About(fingerprint))).Degraded);
        Assert.Contains("\"redis\":{\"status\":\"healthy\"", await fraud.HealthAsync(), StringComparison.Ordinal);

        await redis.KillAsync();
        var during = Asks.About(fingerprint, bin: "40000000", last4: "4954");
        var degraded = await fraud.Client.CheckRiskAsync(during);
        Assert.Equal((true, 95, RiskDecision.Block), (degraded.Degraded, degraded.Score, degraded.Decision));   // the other rules work
        Assert.Contains("\"redis\":{\"status\":\"degraded\"", await fraud.HealthAsync(), StringComparison.Ordinal);

        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => fraud.Client.CheckRiskAsync(Asks.About(fingerprint)).ResponseAsync));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"A hundred payments waited {watch.Elapsed} for a Redis that is away.");

        // It comes back empty, and has forgotten the script, too.
        await redis.StartAsync();
        RiskAssessment after;
        var patience = 0;
        do
        {
            await Task.Delay(100);
            after = await fraud.Client.CheckRiskAsync(Asks.About(fingerprint));
        }
        while (after.Degraded && ++patience < 100);
        Assert.False(after.Degraded);

        // The answer that was given stays.
        Assert.Equal(degraded, await fraud.Client.CheckRiskAsync(during));
        Assert.Equal(degraded, await fraud.Client.GetAssessmentAsync(new() { PaymentId = during.PaymentId }));
    }

    [Fact]
    public async Task Start_RedisAway_AnswersDegraded()
    {
        await using var redis = await RedisServer.StartNewAsync();
        await redis.KillAsync();
        await using var fraud = await FraudProcess.StartNewAsync(redis);
        Assert.True((await fraud.Client.CheckRiskAsync(Asks.About(Asks.NewFingerprint()))).Degraded);
    }
}
