using PayFlow.Contracts.Events.V1;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class ReconciliationJournalsTests
{
    private const string Receivable = "acquirer_receivable/northbank";
    private static readonly string Pending = $"merchant/{Sample.Merchant}/pending";
    private static readonly string Available = $"merchant/{Sample.Merchant}/available";

    private readonly MemoryLedger _ledger = new();

    [Fact]
    public void Of_ItemSettled_MovesItToAvailableLessTheFee()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true), Settled("c", 100, 3, line: 1));

        Assert.Equal((0, 97, 3), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted, _ledger.Of("processing_revenue").Posted));
        Assert.Equal(Sample.Payment, _ledger.Books.Transfers.Values.Single(transfer => transfer.Type == "fee").PaymentId);
    }

    /// <summary>The T-accounts of docs/ledger.md.</summary>
    [Fact]
    public void Of_ExampleOfTheDocs_EndsAsItSays()
    {
        _ledger.Apply(Authorized(100_00), Captured("c", 60_00, 0, isFinal: true), Settled("c", 60_00, 2_04, line: 1), Deposited(60_00, 17));

        Assert.Equal(((0, 0), (0, 0), (57_96, 0)), (_ledger.Of(Receivable), _ledger.Of(Pending), _ledger.Of(Available)));
        Assert.Equal((59_83, 17, 2_04), (_ledger.Of("bank_cash/house").Posted, _ledger.Of("acquirer_fees").Posted, _ledger.Of("processing_revenue").Posted));
    }

    [Fact]
    public void Of_ItemSettledShort_LeavesTheRestPendingUntilALaterLine()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true), Settled("c", 99, 3, line: 1));
        Assert.Equal((1, 96), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted));

        _ledger.Apply(Settled("c", 1, 0, line: 7));
        Assert.Equal((0, 97), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted));
    }

    [Fact]
    public void Of_SameLineAgain_Exists()
    {
        _ledger.Apply(Settled("c", 100, 3, line: 1));

        Assert.Equal([TransferRefusal.Exists, TransferRefusal.Exists], _ledger.Apply(Settled("c", 100, 3, line: 1)));
        Assert.Equal(97, _ledger.Of(Available).Posted);
    }

    [Fact]
    public void Of_ItemSettledBeforeItsCapture_IsPostedAndConverges()
    {
        _ledger.Apply(Settled("c", 100, 3, line: 1));
        Assert.Equal((-100, 97), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted));

        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true));
        Assert.Equal((0, 97), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted));
    }

    [Theory]
    [InlineData(1000, 7, 0)]
    [InlineData(1000, 0, 0)]
    [InlineData(1000, 7, 20)]
    [InlineData(1000, 995, 20)]     // the charge eats into what can't be explained
    [InlineData(1000, 1000, 0)]
    [InlineData(1000, 1000, 1000)]
    [InlineData(1000, 1200, 300)]   // the acquirer keeps more than it pays
    [InlineData(0, 9, 0)]
    [InlineData(-500, 9, 0)]        // refunds outweigh sales: it takes money
    [InlineData(1000, -7, 0)]       // a rebate
    [InlineData(-500, 9, -300)]     // it takes money for a refund that nobody here knows
    [InlineData(200, 9, -300)]
    [InlineData(0, 0, -300)]        // and pays as much for a capture
    [InlineData(100, 7, 130)]       // its total is less than the lines that nobody can explain
    public void Of_Deposit_SplitsItBetweenBankFeesReceivableAndSuspense(long gross, long charge, long unexplained)
    {
        var results = _ledger.Apply(Deposited(gross, charge, unexplained));

        Assert.NotEmpty(results);
        Assert.All(results, result => Assert.Equal(TransferRefusal.Created, result));
        Assert.Equal(
            (gross - charge, charge, -(gross - unexplained), unexplained),
            (_ledger.Of("bank_cash/house").Posted, _ledger.Of("acquirer_fees").Posted, _ledger.Of(Receivable).Posted, _ledger.Of("suspense").Posted));
        Assert.All(_ledger.Apply(Deposited(gross, charge, unexplained)), result => Assert.Equal(TransferRefusal.Exists, result));
    }

    [Fact]
    public void Of_DepositOfNothing_PostsNothing() => Assert.Empty(_ledger.Apply(Deposited(0, 0)));

    [Fact]
    public void Of_SecondDepositOfABatch_IsAnother()
    {
        _ledger.Apply(Deposited(1000, 7), Deposited(50, 1, ordinal: 2));

        Assert.Equal(1042, _ledger.Of("bank_cash/house").Posted);
        Assert.Equal(["dep-1", "dep-1", "dep-2", "dep-2"], _ledger.Books.Transfers.Values.Select(transfer => transfer.ExternalReference).Order());
    }

    [Fact]
    public void Of_NegativeSettlement_CannotBePosted() => Assert.Equal([TransferRefusal.AmountNotPositive], _ledger.Apply(Settled("c", -1, 0, line: 1)));

    [Fact]
    public void Of_Findings_MoveNoMoney() => Assert.Empty(_ledger.Apply(
        Reconciliation(new() { RefundSettled = new() { Amount = 5, Expected = 5 } }),   // posted when it was refunded
        Reconciliation(new() { ExceptionOpened = new() { Kind = "missing_there" } }), Reconciliation(new() { ExceptionResolved = new() { Resolution = "paid_late" } })));

    [Fact]
    public void Of_EventOfALaterVersion_IsNotPassedOver() =>
        Assert.Throws<FormatException>(() => ReconciliationJournals.Of(Reconciliation(new ReconciliationEvent()), Bank));

    [Fact]
    public void Of_LongReference_IsCut()
    {
        var deposit = Deposited(10, 0);
        deposit.DepositReported.DepositReference = new string('x', 300);

        Assert.Equal(255, Assert.Single(ReconciliationJournals.Of(deposit, Bank)).ExternalReference!.Length);
    }
}
