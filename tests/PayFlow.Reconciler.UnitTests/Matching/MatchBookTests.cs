using FsCheck;
using FsCheck.Fluent;
using Google.Protobuf;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Matching;

namespace PayFlow.Reconciler.UnitTests.Matching;

public sealed class MatchBookTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly Id _merchant = Id.New(IdPrefix.Merchant, new Slot(3), Noon);
    private readonly Id _batch = Id.New(IdPrefix.Batch, new Slot(3), Noon);
    private readonly MatchBook _book = new(MatchState.Empty);
    private long _sequence;

    [Fact]
    public void Apply_SettledInFull_TellsOnceWithTheFee()
    {
        var item = Submit(1000, fee: 59);
        Line(1, item, 1000);
        Complete(1000, 7);
        var settled = Assert.Single(Told(ReconciliationEvent.DetailOneofCase.ItemSettled)).ItemSettled;
        Assert.Equal((1000, 1000, 59), (settled.Amount, settled.Expected, settled.Fee));
        Assert.Empty(_book.Exceptions);
        Assert.Equal(0, Assert.Single(_book.Deposits).Explained.Unexplained);
    }

    [Fact]
    public void Apply_ShortThenTheRest_TakesTheFeeOnceAndResolvesItsException()
    {
        var item = Submit(1000, fee: 59);
        Line(1, item, 990);
        Line(2, item, 10);
        Assert.Equal([59, 0], Told(ReconciliationEvent.DetailOneofCase.ItemSettled).Select(told => told.ItemSettled.Fee));
        var mismatch = Assert.Single(_book.Exceptions);
        Assert.Equal("amount_mismatch", mismatch.Kind);
        Assert.Equal(mismatch.Id, Assert.Single(_book.Resolved).Exception);
        Assert.Equal(RecordState.Matched, Assert.Single(_book.Changed).State);
    }

    [Fact]
    public void Apply_NotInTheReport_IsMissingUntilItComesLate()
    {
        var item = Submit(1000, fee: 59);
        Complete(0, 0);
        var missing = Assert.Single(_book.Exceptions);
        Assert.Equal(("missing_there", 1000L, 0L), (missing.Kind, missing.Expected, missing.Actual));
        Line(1, item, 1000);
        Complete(1000, 7, ordinal: 2);
        Assert.Equal(missing.Id, Assert.Single(_book.Resolved).Exception);
        Assert.Equal([0L, 1000L], _book.Deposits.Select(deposit => deposit.Gross));
    }

    [Fact]
    public void Apply_SettledTwice_PutsTheSecondInSuspense()
    {
        var item = Submit(1000, fee: 59);
        Line(1, item, 1000);
        Line(2, item, 1000);
        Complete(2000, 14);
        Assert.Equal(1000, Assert.Single(_book.Deposits).Explained.Unexplained);
        Assert.Equal("duplicate", Assert.Single(_book.Exceptions).Kind);
    }

    [Fact]
    public void Apply_NobodySubmittedIt_IsMissingHere()
    {
        Line(1, "itm_unknown", 700, externalId: "nbc_stranger");
        Complete(700, 6);
        Assert.Equal("missing_here", Assert.Single(_book.Exceptions).Kind);
        Assert.Equal(700, Assert.Single(_book.Deposits).Explained.Unexplained);
    }

    [Fact]
    public void Apply_NoReference_IsFoundByTheAcquirersIdAndAmount()
    {
        Submit(1000, fee: 59, externalId: "nbc_7");
        Line(1, "", 1000, externalId: "nbc_7");
        Assert.Equal(LineOutcome.Settles, Assert.Single(_book.Lines).Match.Outcome);
    }

    [Fact]
    public void Apply_RefundTaken_IsToldAsARefundAndNotAsAnItem()
    {
        var item = Submit(-1000, fee: 0);
        Line(1, item, -1000);
        Complete(-1000, 0);
        var settled = Assert.Single(Told(ReconciliationEvent.DetailOneofCase.RefundSettled)).RefundSettled;
        Assert.Equal((1000, 1000, item), (settled.Amount, settled.Expected, settled.ItemId));
        Assert.Empty(Told(ReconciliationEvent.DetailOneofCase.ItemSettled));
        Assert.Empty(_book.Exceptions);
        Assert.Equal(new Explained(-1000, 0), Assert.Single(_book.Deposits).Explained);
    }

    [Theory]
    [InlineData(-990, "amount_mismatch", "Line 1 takes 990 of 1000: 10 are still missing.")]
    [InlineData(-1001, "amount_mismatch", "Line 1 takes 1001, more than the item's 1000: the rest is in suspense.")]
    [InlineData(1000, "amount_mismatch", "Line 1 settles 1000 for a refund of 1000, the wrong way round: the money is in suspense.")]
    public void Apply_RefundTakenWrongly_IsExplainedInItsOwnWords(long amount, string kind, string explanation)
    {
        Line(1, Submit(-1000, fee: 0), amount);
        var exception = Assert.Single(_book.Exceptions);
        Assert.Equal((kind, explanation, -1000L, amount), (exception.Kind, exception.Explanation, exception.Expected, exception.Actual));
    }

    [Fact]
    public void Apply_PaidInsteadOfTakenAndThenTaken_LeavesThePaymentUnexplained()
    {
        var item = Submit(-1000, fee: 0);
        Line(1, item, 400);
        Line(2, item, -1000);
        Complete(-600, 0);
        Assert.Equal(RecordState.Matched, Assert.Single(_book.Changed).State);
        Assert.Equal(new Explained(-1000, 400), Assert.Single(_book.Deposits).Explained);
        Assert.Single(_book.Exceptions);
        Assert.Empty(_book.Resolved);
    }

    [Fact]
    public void Apply_RefundNotInTheReport_IsMissing()
    {
        Submit(-1000, fee: 0);
        Complete(0, 0);
        var missing = Assert.Single(_book.Exceptions);
        Assert.Equal(("missing_there", -1000L, 0L), (missing.Kind, missing.Expected, missing.Actual));
        Assert.Contains("hasn't taken its money", missing.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_DepositOfAnotherSumThanItsLines_IsPoison()
    {
        Line(1, Submit(1000, fee: 59), 1000);
        Assert.Throws<PoisonEventException>(() => Complete(999, 0));
    }

    [Fact]
    public void Apply_TheSameLineAndDepositAgain_ChangeNothing()
    {
        var item = Submit(1000, fee: 59);
        for (var i = 0; i < 2; i++)
        {
            Line(1, item, 1000);
            Complete(1000, 7);
        }

        Assert.Equal((1, 1, 0), (_book.Lines.Count, _book.Deposits.Count, _book.Exceptions.Count));
    }

    [Fact]
    public void Apply_AnyReport_ExplainsEveryUnitOfEveryDeposit() => Prop.ForAll(
        Gen.Choose(-30, 30).Where(amount => amount != 0).ListOf().ToArbitrary(),
        amounts =>
        {
            var own = new MatchBookTests();
            var items = Enumerable.Range(0, 6).Select(i => i % 2 == 0 ? own.Submit(20, fee: 1) : own.Submit(-20, fee: 0)).ToList();
            var lines = amounts.Select((amount, i) => (Number: i + 1, Item: items[(amount + 30) % 6], Amount: (long)amount)).ToList();
            lines.ForEach(line => own.Line(line.Number, line.Item, line.Amount));
            own.Complete(lines.Sum(line => line.Amount), 0);
            var settled = own.Told(ReconciliationEvent.DetailOneofCase.ItemSettled).Sum(told => told.ItemSettled.Amount);
            var refunded = own.Told(ReconciliationEvent.DetailOneofCase.RefundSettled).Sum(told => told.RefundSettled.Amount);
            var deposit = own._book.Deposits[0];
            return deposit.Gross == settled - refunded + deposit.Explained.Unexplained
                && own._book.Changed.All(record => record.Settled * record.Expected >= 0 && Math.Abs(record.Settled) <= Math.Abs(record.Expected));
        }).QuickCheckThrowOnFailure();

    private string Submit(long amount, long fee, string externalId = "nbc_1")
    {
        var capture = Id.New(IdPrefix.Operation, new Slot(3), Noon);
        var item = capture.Derive(IdPrefix.Item, "settlement").ToString();
        Apply(settlement => settlement.ItemSubmitted = new ItemSubmitted
        {
            ItemId = item,
            PaymentId = Id.New(IdPrefix.Payment, new Slot(3), Noon).ToString(),
            OperationId = capture.ToString(),
            ExternalId = externalId,
            Amount = amount,
            Fee = fee,
            Kind = amount < 0 ? ItemKind.Refund : ItemKind.Capture,
        });
        return item;
    }

    private void Line(int number, string item, long amount, string externalId = "nbc_other") => Apply(settlement => settlement.ReportLine = new ReportLine
    {
        LineNumber = number,
        ItemReference = item,
        ExternalId = externalId,
        Amount = amount,
        Status = ReportLineStatus.Settled,
        Raw = $"{number}",
    });

    private void Complete(long gross, long charge, int ordinal = 1) => Apply(settlement => settlement.ReportCompleted = new ReportCompleted
    {
        Gross = gross,
        Charge = charge,
        DepositReference = "dep_1",
        Ordinal = ordinal,
    });

    private List<ReconciliationEvent> Told(ReconciliationEvent.DetailOneofCase detail) =>
        [.. _book.Events.Select(told => (ReconciliationEvent)told.Payload).Where(told => told.DetailCase == detail)];

    private void Apply(Action<SettlementEvent> detail)
    {
        var settlement = new SettlementEvent { BatchId = _batch.ToString(), MerchantId = _merchant.ToString(), Mode = Contracts.Common.V1.Mode.Test, Acquirer = "northbank", Currency = "USD" };
        detail(settlement);
        _book.Apply(Received(++_sequence, settlement), settlement);
    }

    private ReceivedEvent Received(long number, SettlementEvent settlement) => new(
        Topics.SettlementResults, 3, number, $"event-{number}", "payflow.settlement.test", _batch, number, _batch.Slot, Noon, settlement.ToByteArray());
}
