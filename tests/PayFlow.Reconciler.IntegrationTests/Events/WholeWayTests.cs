using System.Diagnostics;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Reconciler.IntegrationTests.Support;
using PayFlow.Testing;

namespace PayFlow.Reconciler.IntegrationTests.Events;

/// <summary>Everything together: broker, inbox, consumer, relay.</summary>
[Collection(SharedReconciler.Name)]
public sealed class WholeWayTests
{
    [Fact]
    public async Task Reports_ThroughTheBrokerTwiceAndOutOfOrder_ComeOutMatchedAndTold()
    {
        await using var broker = await Broker.StartAsync();
        await using var host = await ReconcilerHost.StartAsync(broker);
        var (report, wrong) = (new Report(), new Report());
        var (whole, missing) = (report.Submit(1_000), report.Submit(2_000));
        report.Line(whole, 1_000);
        report.Complete();
        var stuck = wrong.Submit(500);
        wrong.Line(stuck, 500);
        wrong.Complete(gross: 501);
        wrong.Line(stuck, 1);

        // Late before early, the wrong batch in between, and all of it twice.
        ReceivedEvent[] messages = [report.Events[3], .. wrong.Events, report.Events[1], report.Events[0], report.Events[2]];
        await broker.PublishAsync([.. messages, .. messages]);

        var told = broker.ReadUntil(Topics.ReconciliationEvents, report.Batch, 1);
        var deposit = ReconciliationEvent.Parser.ParseFrom(told[0].Payload).DepositReported;
        Assert.Equal((1_000L, 0L), (deposit.Gross, deposit.Unexplained));
        Assert.Equal("payflow.reconciliation.item_settled.v1", broker.ReadUntil(Topics.ReconciliationEvents, whole.Id, 1)[0].Type);
        Assert.Equal("payflow.reconciliation.exception_opened.v1", broker.ReadUntil(Topics.ReconciliationEvents, missing.Id, 1)[0].Type);
        Assert.Equal((("matched", 1_000L), ("missing", 0L)), (await host.RecordAsync(whole), await host.RecordAsync(missing)));

        // The wrong batch alone stands still, before its deposit.
        await UntilAsync(async () => (long)(await host.SqlAsync("SELECT count(*) FROM dead_letters"))! > 0, "the dead letter");
        Assert.Equal(
            $"{wrong.Batch.Value}/3/Deposit 1 pays 501, but the lines before it come to 500.",
            await host.SqlAsync("SELECT string_agg(concat_ws('/', aggregate, sequence, reason), ' ') FROM dead_letters"));
        Assert.Equal(0L, await host.SqlAsync("SELECT count(*) FROM deposits WHERE batch_id = $1", wrong.Batch.Value));
        Assert.Equal(1L, await host.SqlAsync("SELECT count(*) FROM lines WHERE batch_id = $1", wrong.Batch.Value));
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"{what} did not come.");
            await Task.Delay(20);
        }
    }
}
