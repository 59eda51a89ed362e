using Grpc.Core;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Fraud.IntegrationTests.Support;
using PayFlow.Testing;

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

    [Fact]
    public async Task CheckRisk_PostgresKilledUnderLoad_IsUnavailableUntilItIsBackAndCountsOnce()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        await using var fraud = await FraudProcess.StartNewAsync(postgres: postgres);
        var requests = Enumerable.Range(0, 200).Select(_ => Asks.About(Asks.NewFingerprint())).ToList();
        var before = await Task.WhenAll(requests.Take(100).Select(request => fraud.Client.CheckRiskAsync(request).ResponseAsync));
        await postgres.KillAsync();
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await fraud.Client.CheckRiskAsync(requests[100]));
        Assert.Equal(StatusCode.Unavailable, refused.StatusCode);

        await postgres.StartAsync();
        var answers = new List<RiskAssessment>();
        foreach (var request in requests)
            answers.Add(await AskUntilAnsweredAsync(fraud, request));
        Assert.Equal(before, answers.Take(100));
        Assert.Equal(200L, await fraud.QueryAsync("SELECT count(*) FROM assessments"));
        Assert.Equal(1L, await fraud.QueryAsync("SELECT max(samples) FROM amount_history WHERE subject = 'card'"));
        Assert.Equal(200L, await fraud.QueryAsync("SELECT count(*) FROM amount_history WHERE subject = 'card'"));
    }

    private static async Task<RiskAssessment> AskUntilAnsweredAsync(FraudProcess fraud, CheckRiskRequest request)
    {
        for (var patience = 0; ; patience++)
        {
            try
            {
                return await fraud.Client.CheckRiskAsync(request);
            }
            catch (RpcException notYet) when (notYet.StatusCode == StatusCode.Unavailable && patience < 100)
            {
                await Task.Delay(100);
            }
        }
    }
}
