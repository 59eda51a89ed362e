using Grpc.Core;
using PayFlow.Fraud.IntegrationTests.Support;

namespace PayFlow.Fraud.IntegrationTests.Assessments;

/// <summary>Killed between two steps and asked again: the payment counts once, and the answer is the one that is stored.</summary>
public sealed class CrashTests
{
    [Theory]
    [InlineData("fraud.velocity.counted", 0L)]
    [InlineData("fraud.assessment.stored", 1L)]
    public async Task CheckRisk_KilledAtACrashPointAndAskedAgain_CountsOnce(string crashPoint, long stored)
    {
        await using var fraud = await FraudProcess.StartNewAsync();
        var request = Asks.About(Asks.NewFingerprint());
        await fraud.ArmAsync(crashPoint);
        await Assert.ThrowsAsync<RpcException>(async () => await fraud.Client.CheckRiskAsync(request));
        await fraud.WaitForDeathAsync();
        Assert.Equal(1L, await fraud.CountedAsync(request.Card.Fingerprint));
        Assert.Equal(stored, await fraud.QueryAsync("SELECT count(*) FROM assessments"));

        await fraud.StartAsync();
        var answer = await fraud.Client.CheckRiskAsync(request, new CallOptions().WithWaitForReady());
        Assert.Equal((0, false), (answer.Score, answer.Degraded));
        Assert.Equal(1L, await fraud.CountedAsync(request.Card.Fingerprint));
        Assert.Equal(1L, await fraud.QueryAsync("SELECT count(*) FROM assessments"));
        Assert.Equal(1L, await fraud.QueryAsync($"SELECT samples FROM amount_history WHERE key = '{request.Card.Fingerprint}'"));
    }
}
