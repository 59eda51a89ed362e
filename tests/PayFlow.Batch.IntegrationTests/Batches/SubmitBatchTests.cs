using System.Net;
using PayFlow.Batch.Batches;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Batches;

[Collection(SharedServices.Name)]
public sealed class SubmitBatchTests(SharedServices shared) : IAsyncLifetime
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly SandboxProcess _sandbox = shared.Sandbox;
    private readonly Merchant _merchant = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _sandbox.CalmAsync();

    [Fact]
    public async Task Submit_ReplyIsLost_IsSubmittedAgainUnderTheSameKeyAndSettlesOnce()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "harbor", 1_000, 2_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _sandbox.MisbehaveAsync("harbor", lostReplyRate: 1);

        await _batch.SettleAsync(id);
        var waiting = await _batch.BatchAsync(id);
        Assert.Equal("submitted", waiting.State);
        Assert.NotNull(waiting.LastProblem);
        Assert.Empty(await _batch.ToldAsync(id));

        await _sandbox.CalmAsync();
        await _batch.SettleAsync(id);
        await AssertSettledOnceAsync(id, captures);
        Assert.Null((await _batch.BatchAsync(id)).LastProblem);
    }

    [Fact]
    public async Task Submit_CrashAfterTheAcquirerTookIt_IsSubmittedAgainUnderTheSameKeyAndSettlesOnce()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000, 2_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        // What a worker does that dies before it has written down the answer.
        var file = (string)(await _batch.SqlAsync("UPDATE batches SET state = 'submitted' WHERE id = $1 RETURNING file", id.Value))!;
        await _batch.Service<AcquirerFiles>().SubmitAsync("northbank", id, file, CancellationToken.None);

        await _batch.SettleAsync(id);
        await AssertSettledOnceAsync(id, captures);
    }

    [Fact]
    public async Task Submit_ManyWorkersAtOnce_TellEveryItemOnce()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000, 2_000, 3_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        var row = await _batch.BatchAsync(id);

        // Each with the same claim, as if the claims of all but one had run out.
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _batch.Service<SubmitBatch>().RunAsync(row with { State = "submitted" }, CancellationToken.None)).Prepend(
            _batch.Service<SubmitBatch>().RunAsync(row, CancellationToken.None)));
        var accepted = await _batch.BatchAsync(id);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _batch.Service<ReadReport>().RunAsync(accepted, CancellationToken.None)));

        await AssertSettledOnceAsync(id, captures);
    }

    [Fact]
    public async Task Submit_AcquirerRefusesTheFile_FailsVisiblyAndGoesOnWhenAnOperatorSaysSo()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        // The acquirer knows the key with another file: it refuses this one for ever.
        using var other = await _sandbox.SubmitAsync("northbank", id.ToString(), "item_id,external_id,amount,currency,occurred_at\nitm_x,nbc_x,5,USD,2026-11-21T09:30:00Z\nT,1,5\n");
        Assert.Equal(HttpStatusCode.Accepted, other.StatusCode);

        await _batch.SettleAsync(id);
        var failed = await _batch.BatchAsync(id);
        Assert.Equal("failed", failed.State);
        Assert.Contains("422", failed.LastProblem, StringComparison.Ordinal);
        await _batch.Worker.SettleDueAsync(CancellationToken.None);
        Assert.Equal((failed.Attempts, null), ((await _batch.BatchAsync(id)).Attempts, failed.NextStepAt));   // it is left alone

        await _sandbox.TamperAsync($"DELETE FROM report_lines WHERE batch_key = '{id}'; DELETE FROM batches WHERE batch_key = '{id}'");
        Assert.Equal(HttpStatusCode.NoContent, await ResubmitAsync(id));
        await _batch.SettleAsync(id);
        await AssertSettledOnceAsync(id, captures);
        Assert.Equal(HttpStatusCode.NotFound, await ResubmitAsync(id));
    }

    private async Task<HttpStatusCode> ResubmitAsync(Id id)
    {
        using var command = new HttpRequestMessage(HttpMethod.Post, $"internal/batches/{id}/resubmit");
        command.Headers.Add("X-Ops-Key", BatchHost.OpsKey);
        using var answer = await _batch.Http.SendAsync(command);
        return answer.StatusCode;
    }

    private async Task AssertSettledOnceAsync(Id id, Capture[] captures)
    {
        Assert.Equal("settled", (await _batch.BatchAsync(id)).State);
        var told = await _batch.ToldAsync(id);
        Assert.Equal(captures.Select(capture => capture.Item.ToString()).Order(), told.Where(Is(SettlementEvent.DetailOneofCase.ItemSubmitted)).Select(e => e.ItemSubmitted.ItemId).Order());
        Assert.Equal(captures.Select(capture => capture.Item.ToString()).Order(), told.Where(Is(SettlementEvent.DetailOneofCase.ReportLine)).Select(e => e.ReportLine.ItemReference).Order());
        Assert.Equal(captures.Sum(capture => capture.Amount), Assert.Single(told, e => Is(SettlementEvent.DetailOneofCase.ReportCompleted)(e)).ReportCompleted.Gross);
        foreach (var capture in captures)
        {
            Assert.Equal(1, await _sandbox.LinesOfAsync(capture.ExternalId));
        }
    }

    private static Func<SettlementEvent, bool> Is(SettlementEvent.DetailOneofCase detail) => told => told.DetailCase == detail;
}
