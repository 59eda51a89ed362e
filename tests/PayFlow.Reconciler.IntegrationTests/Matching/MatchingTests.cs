using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using PayFlow.Reconciler.IntegrationTests.Support;
using Detail = PayFlow.Contracts.Events.V1.ReconciliationEvent.DetailOneofCase;

namespace PayFlow.Reconciler.IntegrationTests.Matching;

/// <summary>From reports to records, exceptions, deposits and events, in Postgres; the inbox in front of it is Messaging's and is not asked here, as if it were lost.</summary>
[Collection(SharedReconciler.Name)]
public sealed class MatchingTests(SharedReconciler shared)
{
    private readonly ReconcilerHost _host = shared.Host;
    private readonly Report _report = new();

    [Fact]
    public async Task Report_OfEveryKind_IsExplainedToTheLastUnit()
    {
        var (whole, less, more, twice) = (_report.Submit(1_000, fee: 59), _report.Submit(2_000), _report.Submit(3_000), _report.Submit(4_000));
        var (missing, rejected, unnamed) = (_report.Submit(5_000), _report.Submit(6_000), _report.Submit(7_000));
        await _host.ApplyAsync(_report.Events);
        _report.Line(whole, 1_000);
        _report.Line(less, 1_980);
        _report.Line(more, 3_001);
        _report.Line(twice, 4_000);
        _report.Line(twice, 4_000);
        _report.Line(rejected, 6_000, isSettled: false);
        _report.Line("", unnamed.ExternalId, 7_000);
        _report.Line("itm_stranger", "nbc_stranger", 900);
        _report.Complete(charge: 50);

        await _host.ApplyAsync(_report.Events[7..]);

        Assert.Equal(("matched", 1_000), await _host.RecordAsync(whole));
        Assert.Equal(("short", 1_980), await _host.RecordAsync(less));
        Assert.Equal(("matched", 3_000), await _host.RecordAsync(more));
        Assert.Equal(("matched", 4_000), await _host.RecordAsync(twice));
        Assert.Equal(("missing", 0), await _host.RecordAsync(missing));
        Assert.Equal(("rejected", 0), await _host.RecordAsync(rejected));
        Assert.Equal(("matched", 7_000), await _host.RecordAsync(unnamed));
        Assert.Equal(
            [
                ("amount_mismatch", "open", 2_000, 1_980), ("amount_mismatch", "open", 3_000, 3_001), ("duplicate", "open", 4_000, 4_000), ("missing_here", "open", 0, 900),
                ("missing_there", "open", 5_000, 0), ("rejected", "open", 6_000, 0),
            ],
            await _host.ExceptionsAsync(_report));
        Assert.Equal("21881/50/16980/4901/dep_1", await DepositAsync(1));
        Assert.Equal(
            "settles,settles_short,settles_over,settles,duplicate,rejected,settles,missing_here",
            await _host.SqlAsync("SELECT string_agg(outcome, ',' ORDER BY line_number) FROM lines WHERE batch_id = $1 AND deposit = 1", _report.Batch.Value));

        var told = await _host.ToldAsync(_report);
        var settled = Assert.Single(told[whole.Id.Value]);
        Assert.Equal((whole.Id.ToString(), whole.Payment.ToString(), 1_000L, 1_000L, 59L, 1), (settled.ItemSettled.ItemId, settled.ItemSettled.PaymentId, settled.ItemSettled.Amount, settled.ItemSettled.Expected, settled.ItemSettled.Fee, settled.ItemSettled.LineNumber));
        Assert.Equal([Detail.ItemSettled, Detail.ExceptionOpened], told[less.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ItemSettled, Detail.ExceptionOpened], told[twice.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ExceptionOpened], told[missing.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([Detail.ExceptionOpened], told[rejected.Id.Value].Select(e => e.DetailCase));
        var deposit = Assert.Single(told[_report.Batch.Value]).DepositReported;
        Assert.Equal((21_881L, 50L, 4_901L, 1, "dep_1"), (deposit.Gross, deposit.Charge, deposit.Unexplained, deposit.Ordinal, deposit.DepositReference));
        Assert.Equal(9, told.Count);   // seven items, the batch, and the exception of which no item is known
    }

    [Fact]
    public async Task Report_OfRefundsOfEveryKind_IsExplainedToTheLastUnit()
    {
        var (whole, less, more, twice) = (_report.Submit(-1_000), _report.Submit(-2_000), _report.Submit(-3_000), _report.Submit(-4_000));
        var (missing, rejected, unnamed, paid) = (_report.Submit(-5_000), _report.Submit(-6_000), _report.Submit(-7_000), _report.Submit(-500));
        var (capture, taken) = (_report.Submit(10_000, fee: 59), _report.Submit(800));
        await _host.ApplyAsync(_report.Events);
        _report.Line(whole, -1_000);
        _report.Line(less, -1_980);
        _report.Line(more, -3_001);
        _report.Line(twice, -4_000);
        _report.Line(twice, -4_000);
        _report.Line(rejected, -6_000, isSettled: false);
        _report.Line("", unnamed.ExternalId, -7_000);
        _report.Line("itm_stranger", "nbr_stranger", -900);
        _report.Line(paid, 500);       // the wrong way round
        _report.Line(capture, 10_000);
        _report.Line(taken, -800);     // and the other one
        _report.Complete(charge: 50);

        await _host.ApplyAsync(_report.Events[10..]);

        Assert.Equal(("matched", -1_000), await _host.RecordAsync(whole));
        Assert.Equal(("short", -1_980), await _host.RecordAsync(less));
        Assert.Equal(("matched", -3_000), await _host.RecordAsync(more));
        Assert.Equal(("matched", -4_000), await _host.RecordAsync(twice));
        Assert.Equal(("missing", 0), await _host.RecordAsync(missing));
        Assert.Equal(("rejected", 0), await _host.RecordAsync(rejected));
        Assert.Equal(("matched", -7_000), await _host.RecordAsync(unnamed));
        Assert.Equal(("missing", 0), await _host.RecordAsync(paid));
        Assert.Equal(("matched", 10_000), await _host.RecordAsync(capture));
        Assert.Equal(("missing", 0), await _host.RecordAsync(taken));
        Assert.Equal(
            [
                ("amount_mismatch", "open", -3_000, -3_001), ("amount_mismatch", "open", -2_000, -1_980), ("amount_mismatch", "open", -500, 500), ("amount_mismatch", "open", 800, -800),
                ("duplicate", "open", -4_000, -4_000), ("missing_here", "open", 0, -900), ("missing_there", "open", -5_000, 0), ("missing_there", "open", -500, 0),
                ("missing_there", "open", 800, 0), ("rejected", "open", -6_000, 0),
            ],
            await _host.ExceptionsAsync(_report));
        Assert.Equal("-12181/50/-6980/-5201/dep_1", await DepositAsync(1));
        Assert.Equal(
            "settles,settles_short,settles_over,settles,duplicate,rejected,settles,missing_here,opposite,settles,opposite",
            await _host.SqlAsync("SELECT string_agg(outcome, ',' ORDER BY line_number) FROM lines WHERE batch_id = $1 AND deposit = 1", _report.Batch.Value));

        // Nobody may take a refund for a settled capture.
        var told = await _host.ToldAsync(_report);
        Assert.Equal([Detail.RefundSettled], told[whole.Id.Value].Select(e => e.DetailCase));
        var settled = told[whole.Id.Value][0].RefundSettled;
        Assert.Equal((whole.Id.ToString(), whole.Payment.ToString(), 1_000L, 1_000L, 1), (settled.ItemId, settled.PaymentId, settled.Amount, settled.Expected, settled.LineNumber));
        Assert.Equal([Detail.RefundSettled, Detail.ExceptionOpened], told[less.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([(1_980L, 2_000L)], told[less.Id.Value].Where(e => e.RefundSettled is not null).Select(e => (e.RefundSettled.Amount, e.RefundSettled.Expected)));
        Assert.Equal([Detail.ExceptionOpened, Detail.ExceptionOpened], told[paid.Id.Value].Select(e => e.DetailCase));
        Assert.Equal([capture.Id.ToString()], told.Values.SelectMany(events => events).Where(e => e.ItemSettled is not null).Select(e => e.ItemSettled.ItemId));
        var deposit = Assert.Single(told[_report.Batch.Value]).DepositReported;
        Assert.Equal((-12_181L, 50L, -5_201L), (deposit.Gross, deposit.Charge, deposit.Unexplained));
    }

    [Fact]
    public async Task Refund_TakenAfterTheReportWasComplete_ResolvesItsException()
    {
        var (late, inParts) = (_report.Submit(-1_000), _report.Submit(-700));
        _report.Line(inParts, -300);
        _report.Complete(charge: 0);
        await _host.ApplyAsync(_report.Events);
        Assert.Equal([("amount_mismatch", "open", -700, -300), ("missing_there", "open", -1_000, 0)], await _host.ExceptionsAsync(_report));
        _report.Line(late, -1_000);
        _report.Line(inParts, -400);
        _report.Complete(charge: 0);

        await _host.ApplyAsync(_report.Events[4..]);

        Assert.Equal((("matched", -1_000L), ("matched", -700L)), (await _host.RecordAsync(late), await _host.RecordAsync(inParts)));
        Assert.Equal([("amount_mismatch", "resolved", -700, -300), ("missing_there", "resolved", -1_000, 0)], await _host.ExceptionsAsync(_report));
        Assert.Equal([Detail.ExceptionOpened, Detail.RefundSettled, Detail.ExceptionResolved], (await _host.ToldAsync(_report))[late.Id.Value].Select(e => e.DetailCase));
        Assert.Equal("-1400/0/-1400/0/dep_2", await DepositAsync(2));
    }

    [Fact]
    public async Task Item_SubmittedBeforeThereWereRefunds_IsACapture()
    {
        var item = _report.Submit(1_000);
        var submitted = _report.Events[0].Read<SettlementEvent>();
        submitted.ItemSubmitted.Kind = ItemKind.Unspecified;
        await _host.ApplyAsync(_report.Events[0] with { Payload = Google.Protobuf.MessageExtensions.ToByteArray(submitted) });
        _report.Line(item, 1_000);
        await _host.ApplyAsync(_report.Events[1..]);
        Assert.Equal([Detail.ItemSettled], (await _host.ToldAsync(_report))[item.Id.Value].Select(e => e.DetailCase));
    }

    [Fact]
    public async Task Item_SettledAfterTheReportWasComplete_ResolvesItsException()
    {
        var (late, never) = (_report.Submit(1_000, fee: 59), _report.Submit(500));
        _report.Complete(charge: 0);
        await _host.ApplyAsync(_report.Events);
        Assert.Equal(("missing", 0), await _host.RecordAsync(late));
        _report.Line(late, 1_000);
        _report.Complete();

        await _host.ApplyAsync(_report.Events[3..]);

        Assert.Equal(("matched", 1_000), await _host.RecordAsync(late));
        Assert.Equal(("missing", 0), await _host.RecordAsync(never));
        Assert.Equal([("missing_there", "open", 500, 0), ("missing_there", "resolved", 1_000, 0)], await _host.ExceptionsAsync(_report));
        var told = (await _host.ToldAsync(_report))[late.Id.Value];
        Assert.Equal([Detail.ExceptionOpened, Detail.ItemSettled, Detail.ExceptionResolved], told.Select(e => e.DetailCase));
        Assert.Equal((told[0].ExceptionOpened.ExceptionId, 59L), (told[2].ExceptionResolved.ExceptionId, told[1].ItemSettled.Fee));
        Assert.Equal("0/0/0/0/dep_1", await DepositAsync(1));
        Assert.Equal("1000/7/1000/0/dep_2", await DepositAsync(2));
    }

    [Fact]
    public async Task Item_RestComesLater_ResolvesTheMismatchAndTakesTheFeeOnce()
    {
        var item = _report.Submit(1_000, fee: 59);
        _report.Line(item, 400);
        _report.Complete();
        await _host.ApplyAsync(_report.Events);
        _report.Line(item, 100);
        _report.Line(item, 501);   // more than the rest: nobody knows what it is for
        _report.Line(item, 500);
        _report.Complete();

        await _host.ApplyAsync(_report.Events[3..]);

        Assert.Equal(("matched", 1_000), await _host.RecordAsync(item));
        Assert.Equal([("amount_mismatch", "resolved", 1_000, 100), ("amount_mismatch", "resolved", 1_000, 400), ("duplicate", "open", 1_000, 501)], await _host.ExceptionsAsync(_report));
        Assert.Equal([59L, 0, 0], (await _host.ToldAsync(_report))[item.Id.Value].Where(e => e.ItemSettled is not null).Select(e => e.ItemSettled.Fee));
        Assert.Equal("1101/7/600/501/dep_2", await DepositAsync(2));
    }

    [Fact]
    public async Task Item_RejectedAndThenSettled_ResolvesTheRejection()
    {
        var item = _report.Submit(1_000);
        _report.Line(item, 1_000, isSettled: false);
        _report.Complete(charge: 0);
        await _host.ApplyAsync(_report.Events);
        Assert.Equal([("rejected", "open", 1_000, 0)], await _host.ExceptionsAsync(_report));
        _report.Line(item, 1_000);
        _report.Complete();

        await _host.ApplyAsync(_report.Events[3..]);

        Assert.Equal(("matched", 1_000), await _host.RecordAsync(item));
        Assert.Equal([("rejected", "resolved", 1_000, 0)], await _host.ExceptionsAsync(_report));
    }

    [Fact]
    public async Task Line_OfAnotherMerchantsOrBatchsItem_SettlesNothingOfTheirs()
    {
        var stranger = new Report();
        var sister = new Report(_report.Merchant);
        var (theirs, others) = (stranger.Submit(1_000), sister.Submit(2_000));
        await _host.ApplyAsync([.. stranger.Events, .. sister.Events]);
        _report.Submit(3_000);
        _report.Line(theirs, 1_000);
        _report.Line("", theirs.ExternalId, 1_000);
        _report.Line(others, 2_000);
        _report.Complete();

        await _host.ApplyAsync(_report.Events);

        Assert.Equal(("expected", 0), await _host.RecordAsync(theirs));
        Assert.Equal(("expected", 0), await _host.RecordAsync(others));
        Assert.Equal("4000/7/0/4000/dep_1", await DepositAsync(1));
        Assert.Empty(await _host.ExceptionsAsync(stranger));
        Assert.Equal(["missing_here", "missing_here", "missing_here", "missing_there"], (await _host.ExceptionsAsync(_report)).Select(exception => exception.Kind));
    }

    [Fact]
    public async Task Deposit_OfAnotherSumThanItsLines_IsRefusedAndNothingIsWritten()
    {
        var item = _report.Submit(1_000);
        _report.Line(item, 1_000);
        await _host.ApplyAsync(_report.Events);
        var before = await _host.BooksAsync(_report);
        _report.Complete(gross: 1_001);

        var poison = await Assert.ThrowsAsync<PoisonEventException>(() => _host.ApplyAsync(_report.Events[2..]));

        Assert.Equal(_report.Events[2], poison.Event);
        Assert.Equal(before, await _host.BooksAsync(_report));
    }

    [Fact]
    public async Task Poll_AgainWithTheInboxLost_ChangesNothing()
    {
        var (whole, less, _, late) = (_report.Submit(1_000), _report.Submit(2_000), _report.Submit(3_000), _report.Submit(4_000));
        var (refund, gone) = (_report.Submit(-600), _report.Submit(-700));
        _report.Line(refund, -600);
        _report.Line(refund, -600);
        _report.Line(gone, 700);
        _report.Line(whole, 1_000);
        _report.Line(whole, 1_000);
        _report.Line(less, 1_900);
        _report.Line("", "nbc_stranger", 5);
        _report.Complete();
        _report.Line(late, 4_000);
        _report.Complete();
        await _host.ApplyAsync(_report.Events);
        var before = await _host.BooksAsync(_report);

        await _host.ApplyAsync(_report.Events);
        await _host.ApplyAsync([.. _report.Events, .. _report.Events]);
        foreach (var single in _report.Events)
        {
            await _host.ApplyAsync(single);
        }

        Assert.Equal(before, await _host.BooksAsync(_report));
        Assert.Contains("missing_there", before, StringComparison.Ordinal);
    }

    private async Task<object?> DepositAsync(int ordinal) => await _host.SqlAsync(
        "SELECT concat_ws('/', gross, charge, settled, unexplained, reference) FROM deposits WHERE batch_id = $1 AND ordinal = $2", _report.Batch.Value, ordinal);
}
