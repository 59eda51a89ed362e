using PayFlow.Batch.Batches;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Batches;

[Collection(SharedServices.Name)]
public sealed class ReadReportTests(SharedServices shared) : IAsyncLifetime
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly SandboxProcess _sandbox = shared.Sandbox;
    private readonly Merchant _merchant = new();

    public Task InitializeAsync() => _sandbox.MisbehaveAsync("northbank", amounts: true);

    public Task DisposeAsync() => _sandbox.CalmAsync();

    [Fact]
    public async Task Read_ShortMissingTwiceAndLate_EndInTheRightStatesAndEvents()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 10_000, 10_001, 10_002, 10_003, 10_004);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        await _batch.SettleAsync(id);

        Assert.Equal([("settled", 10_000), ("short", 9_900), ("missing", 0), ("settled", 10_003), ("missing", 0)], await StatesAsync(captures));
        var first = await _batch.BatchAsync(id);
        Assert.Equal(("partially_settled", 2, 29_903L), (first.State, first.ItemsSettled, first.AmountSettled));
        var told = await _batch.ToldAsync(id);
        Assert.Equal(5 + 4 + 1, told.Count);
        Assert.All(told[..5], e => Assert.Equal(SettlementEvent.DetailOneofCase.ItemSubmitted, e.DetailCase));
        Assert.All(told[5..9], e => Assert.Equal(SettlementEvent.DetailOneofCase.ReportLine, e.DetailCase));
        // Charged are 20 basis points and 5 per line: 25 for each of the three amounts of about 10,000, and 24.8 or so of the short one.
        Assert.Equal((4, 39_906L, 1), Totals(told[9]));

        await _sandbox.ComeLateAsync(id);
        await _batch.SettleAsync(id);

        Assert.Equal([("settled", 10_000), ("short", 9_900), ("missing", 0), ("settled", 10_003), ("settled", 10_004)], await StatesAsync(captures));
        told = await _batch.ToldAsync(id);
        Assert.Equal(12, told.Count);
        Assert.Equal((captures[4].Item.ToString(), 10_004L), (told[10].ReportLine.ItemReference, told[10].ReportLine.Amount));
        Assert.Equal((1, 10_004L, 2), Totals(told[11]));
        Assert.Equal("partially_settled", (await _batch.BatchAsync(id)).State);
        Assert.NotEqual(told[9].ReportCompleted.DepositReference, told[11].ReportCompleted.DepositReference);
    }

    [Fact]
    public async Task Read_OnlyLateItems_BatchIsSettledInTheEnd()
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 500, 10_004);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        await _batch.SettleAsync(id);
        Assert.Equal("partially_settled", (await _batch.BatchAsync(id)).State);
        await _sandbox.ComeLateAsync(id);
        await _batch.SettleAsync(id);

        Assert.Equal("settled", (await _batch.BatchAsync(id)).State);
    }

    [Fact]
    public async Task Read_NothingAtAllWasSettled_IsADepositOfNothing()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 10_002);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        await _batch.SettleAsync(id);

        Assert.Equal([("missing", 0)], await StatesAsync(captures));
        Assert.Equal((0, 0L, 1), Totals((await _batch.ToldAsync(id))[^1]));
    }

    [Fact]
    public async Task Read_SameReportAgain_AddsNothing()
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 10_000, 10_001, 10_003);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(id);
        var before = (await _batch.ToldAsync(id)).Count;

        for (var again = 0; again < 3; again++)
        {
            Assert.False(await _batch.Service<ReadReport>().RunAsync(await _batch.BatchAsync(id), CancellationToken.None));
        }

        Assert.Equal(before, (await _batch.ToldAsync(id)).Count);
        Assert.Equal(4L, await _batch.SqlAsync("SELECT count(*) FROM report_lines WHERE batch_id = $1", id.Value));
    }

    [Fact]
    public async Task Read_LongAfterCompletion_IsNotAskedForAgain()
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(id);
        Assert.NotNull((await _batch.BatchAsync(id)).NextStepAt);
        await _batch.SqlAsync("UPDATE batches SET completed_at = completed_at - interval '5 days' WHERE id = $1", id.Value);

        await _batch.SettleAsync(id);

        Assert.Equal(("settled", null), ((await _batch.BatchAsync(id)).State, (await _batch.BatchAsync(id)).NextStepAt));
    }

    [Theory]
    [InlineData("UPDATE report_lines SET amount = amount - 1", "no longer says")]
    [InlineData("DELETE FROM report_lines WHERE line = 2", "no longer says")]
    [InlineData("UPDATE report_lines SET charge = 0", "shrank")]
    public async Task Read_ReportThatTakesBackWhatItSaid_IsNotUsed(string sql, string reason)
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000, 2_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(id);
        var before = await _batch.ToldAsync(id);
        await _sandbox.TamperAsync($"{sql}{(sql.Contains("WHERE", StringComparison.Ordinal) ? " AND" : " WHERE")} batch_key = '{id}'");

        await _batch.SettleAsync(id);

        var row = await _batch.BatchAsync(id);
        Assert.Contains(reason, row.LastProblem, StringComparison.Ordinal);
        Assert.Equal(("settled", 3_000L), (row.State, row.AmountSettled));
        Assert.Equal(before, await _batch.ToldAsync(id));
    }

    [Fact]
    public async Task Read_LinesWithoutOurReference_CountForTheItemWithTheirIdAndAmount()
    {
        var captures = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000, 2_000);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.Worker.SettleDueAsync(CancellationToken.None);
        Assert.Equal("settled", (await _batch.BatchAsync(id)).State);

        var other = await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 3_000, 4_000);
        var second = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.Service<SubmitBatch>().RunAsync(await _batch.BatchAsync(second), CancellationToken.None);
        await _sandbox.TamperAsync($"UPDATE report_lines SET item_id = 'unknown' WHERE batch_key = '{second}' AND amount = 3000");
        await _sandbox.TamperAsync($"UPDATE report_lines SET item_id = 'unknown', amount = 3999 WHERE batch_key = '{second}' AND amount = 4000");
        await _batch.SettleAsync(second);

        Assert.Equal([("settled", 1_000), ("settled", 2_000)], await StatesAsync(captures));
        Assert.Equal([("settled", 3_000), ("missing", 0)], await StatesAsync(other));   // a line of another amount may be anybody's
    }

    private async Task<(string State, long Settled)[]> StatesAsync(Capture[] captures)
    {
        var items = await _batch.ItemsAsync(_merchant);
        return [.. captures.Select(capture => items[capture.Item])];
    }

    private static (int Lines, long Gross, int Ordinal) Totals(SettlementEvent told) => (told.ReportCompleted.Lines, told.ReportCompleted.Gross, told.ReportCompleted.Ordinal);
}
