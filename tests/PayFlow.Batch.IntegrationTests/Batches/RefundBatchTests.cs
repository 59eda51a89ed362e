using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Batches;

/// <summary>Batches of captures and refunds, in whatever mix, on their whole way to the acquirer and back.</summary>
[Collection(SharedServices.Name)]
public sealed class RefundBatchTests(SharedServices shared) : IAsyncLifetime
{
    private readonly BatchHost _batch = shared.Batch;
    private readonly SandboxProcess _sandbox = shared.Sandbox;
    private readonly Merchant _merchant = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync() => _sandbox.CalmAsync();

    [Theory]
    [InlineData(10_000, 2_500, 7_500, 25)]
    [InlineData(10_000, 10_000, 0, 25)]
    [InlineData(10_000, 12_000, -2_000, 25)]
    [InlineData(0, 500, -500, 0)]
    public async Task Settle_CapturesAndRefunds_DepositIsNetOfTheRefunds(long captured, long refunded, long net, long charge)
    {
        if (captured > 0)
        {
            await _batch.CaptureAsync(_sandbox, _merchant, "northbank", captured);
        }

        await _batch.RefundAsync(_sandbox, _merchant, "northbank", refunded);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        Assert.EndsWith($"\nT,{(captured > 0 ? 2 : 1)},{net}\n", await FileAsync(id), StringComparison.Ordinal);

        await _batch.SettleAsync(id);

        var batch = await _batch.BatchAsync(id);
        Assert.Equal(("settled", net, refunded, net), (batch.State, batch.Amount, batch.AmountRefunded, batch.AmountSettled));
        var completed = (await _batch.ToldAsync(id))[^1].ReportCompleted;
        Assert.Equal((net, charge), (completed.Gross, completed.Charge));
    }

    [Fact]
    public async Task Tell_SubmittedItems_SayWhatTheyAre()
    {
        var capture = Assert.Single(await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000));
        var refund = Assert.Single(await _batch.RefundAsync(_sandbox, _merchant, "northbank", 400));
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(id);

        var submitted = (await _batch.ToldAsync(id)).Where(told => told.ItemSubmitted is not null).Select(told => told.ItemSubmitted).ToDictionary(item => item.Kind);
        Assert.Equal(
            (capture.Operation.ToString(), 1_000L, 3L), (submitted[ItemKind.Capture].OperationId, submitted[ItemKind.Capture].Amount, submitted[ItemKind.Capture].Fee));
        Assert.Equal((refund.Operation.ToString(), -400L, 0L), (submitted[ItemKind.Refund].OperationId, submitted[ItemKind.Refund].Amount, submitted[ItemKind.Refund].Fee));
    }

    [Fact]
    public async Task Settle_RefundTheAcquirerDoesNotKnow_IsRejectedAndTheBatchPartlySettled()
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000);
        var refund = _merchant.Refund(_merchant.Capture(400), 400, "nbr_nothing");
        await _batch.ApplyAsync(refund.Event);
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));

        await _batch.SettleAsync(id);

        Assert.Equal(("rejected", 0L), (await _batch.ItemsAsync(_merchant))[refund.Item]);
        var batch = await _batch.BatchAsync(id);
        Assert.Equal(("partially_settled", 600L, 1_000L), (batch.State, batch.Amount, batch.AmountSettled));
    }

    [Fact]
    public async Task Settle_RefundThatComesLate_MakesADepositBelowNothing()
    {
        await _batch.CaptureAsync(_sandbox, _merchant, "northbank", 1_000);
        var refund = Assert.Single(await _batch.RefundAsync(_sandbox, _merchant, "northbank", 400));
        var id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.Service<Batch.Batches.SubmitBatch>().RunAsync(await _batch.BatchAsync(id), CancellationToken.None);
        await _sandbox.TamperAsync($"UPDATE report_lines SET deposit = 2 WHERE batch_key = '{id}' AND amount = -400");

        await _batch.SettleAsync(id);
        Assert.Equal(("missing", 0L), (await _batch.ItemsAsync(_merchant))[refund.Item]);
        await _sandbox.ComeLateAsync(id);
        await _batch.SettleAsync(id);

        Assert.Equal(("settled", -400L), (await _batch.ItemsAsync(_merchant))[refund.Item]);
        Assert.Equal([1_000L, -400L], (await _batch.ToldAsync(id)).Where(told => told.ReportCompleted is not null).Select(told => told.ReportCompleted.Gross));
        Assert.Equal(("settled", 600L), ((await _batch.BatchAsync(id)).State, (await _batch.BatchAsync(id)).AmountSettled));
    }

    [Fact]
    public async Task Settle_AnyMix_AddsUpEverywhere()
    {
        await _sandbox.MisbehaveAsync("northbank", amounts: true);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 8; round++)
        {
            var merchant = new Merchant();
            var captures = Enumerable.Range(0, random.Next(0, 5)).Select(_ => 1_000L + random.Next(0, 5)).ToArray();   // the last digits misbehave
            var refunds = Enumerable.Range(0, random.Next(captures.Length == 0 ? 1 : 0, 5)).Select(_ => 1_000L + random.Next(0, 5)).ToArray();
            await _batch.CaptureAsync(_sandbox, merchant, "northbank", captures);
            await _batch.RefundAsync(_sandbox, merchant, "northbank", refunds);
            var id = Assert.Single(await _batch.CutoffAsync(merchant));
            await _batch.SettleAsync(id);
            await _sandbox.ComeLateAsync(id);
            await _batch.SettleAsync(id);

            var what = $"seed {seed}, captures {string.Join(' ', captures)}, refunds {string.Join(' ', refunds)}";
            var batch = await _batch.BatchAsync(id);
            var told = await _batch.ToldAsync(id);
            var items = await _batch.ItemsAsync(merchant);
            Assert.True(captures.Sum() - refunds.Sum() == batch.Amount && refunds.Sum() == batch.AmountRefunded, what);
            Assert.True((await FileAsync(id)).EndsWith($"T,{captures.Length + refunds.Length},{batch.Amount}\n", StringComparison.Ordinal), what);
            Assert.True(batch.Amount == told.Sum(e => e.ItemSubmitted?.Amount ?? 0), what);
            Assert.True(told.Sum(e => e.ReportLine?.Amount ?? 0) == told.Sum(e => e.ReportCompleted?.Gross ?? 0), what);
            Assert.True(batch.AmountSettled == items.Values.Sum(item => item.Settled), what);
            Assert.True(refunds.Sum() == -items.Values.Where(item => item.Settled < 0).Sum(item => item.Settled), what);
        }
    }

    private async Task<string> FileAsync(Id batch) => (string)(await _batch.SqlAsync("SELECT file FROM batches WHERE id = $1", batch.Value))!;
}
