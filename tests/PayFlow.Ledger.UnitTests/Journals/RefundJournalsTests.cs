using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class RefundJournalsTests
{
    private const string Receivable = "acquirer_receivable/northbank";
    private static readonly string Pending = $"merchant/{Sample.Merchant}/pending";
    private static readonly string Available = $"merchant/{Sample.Merchant}/available";

    private readonly MemoryLedger _ledger = new();

    [Fact]
    public void Of_RefundRequested_SetsTheAmountAside()
    {
        _ledger.Apply(Life());
        _ledger.Apply(RefundRequested("r", 40));

        Assert.Equal((97, 40), (_ledger.Of(Available).Posted, SetAside()));
        Assert.Equal(100, _ledger.Of(Receivable).Posted);
        var pending = _ledger.Books.Transfers.Values.Single(transfer => transfer.Type == "refund");
        Assert.Equal((TransferKind.Pending, Sample.Payment, Sample.Merchant), (pending.Kind, pending.PaymentId, pending.MerchantId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]    // in one poll
    public void Of_Refunded_TakesWhatWasSetAside(bool inTwoPolls)
    {
        _ledger.Apply(Life());
        if (inTwoPolls)
        {
            _ledger.Apply(RefundRequested("r", 40));
            _ledger.Apply(Refunded("r", 40));
        }
        else
        {
            _ledger.Apply(RefundRequested("r", 40), Refunded("r", 40));
        }

        Assert.Equal((57, 0, 60), (_ledger.Of(Available).Posted, SetAside(), _ledger.Of(Receivable).Posted));
        Assert.Equal(3, _ledger.Of("processing_revenue").Posted);   // the fee stays
        Assert.Equal("nbr_r", _ledger.Books.Transfers.Values.Single(transfer => transfer is { Type: "refund", Kind: TransferKind.PostPending }).ExternalReference);
    }

    [Fact]
    public void Of_RefundFailed_FreesWhatWasSetAside()
    {
        _ledger.Apply(Life());
        _ledger.Apply(RefundRequested("r", 40), RefundFailed("r", 40));
        Assert.Equal((97, 0, 100), (_ledger.Of(Available).Posted, SetAside(), _ledger.Of(Receivable).Posted));

        Assert.All(_ledger.Apply(RefundRequested("r2", 97), Refunded("r2", 97)), result => Assert.Equal(TransferRefusal.Created, result));
        Assert.Equal(0, _ledger.Of(Available).Posted);
    }

    [Fact]
    public void Of_RefundedThatNobodySetAside_IsTakenAllTheSame()
    {
        _ledger.Apply(Life());
        Assert.Equal([TransferRefusal.Created], _ledger.Apply(Refunded("r", 40)));
        Assert.Equal([TransferRefusal.Exists], _ledger.Apply(Refunded("r", 40)));
        Assert.Equal((57, 60), (_ledger.Of(Available).Posted, _ledger.Of(Receivable).Posted));

        Assert.Empty(_ledger.Apply(RefundRequested("r", 40)));   // nobody would free it any more
        Assert.Equal(0, SetAside());
    }

    [Fact]
    public void Of_RefundedAfterItWasSaidToHaveFailed_IsTakenAllTheSame()
    {
        _ledger.Apply(Life());
        _ledger.Apply(RefundRequested("r", 40), RefundFailed("r", 40));
        Assert.Equal([TransferRefusal.Created], _ledger.Apply(Refunded("r", 40)));
        Assert.Equal((57, 0), (_ledger.Of(Available).Posted, SetAside()));
    }

    [Fact]
    public void Of_RefundBeforeTheSettlement_OverdrawsUntilItComes()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true), RefundRequested("r", 40), Refunded("r", 40));
        Assert.Equal((100, -40, 60), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted, _ledger.Of(Receivable).Posted));

        _ledger.Apply(Settled("c", 100, 3, line: 1), Deposited(60, 1));
        Assert.Equal((0, 57, 0), (_ledger.Of(Pending).Posted, _ledger.Of(Available).Posted, _ledger.Of(Receivable).Posted));
    }

    [Fact]
    public void Of_RefundOfAVoidedCapture_TakesBackTheCaptureWithoutAFee()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true));
        Assert.Equal([TransferRefusal.Created], _ledger.Apply(Refunded("r", 100, voids: "c")));

        Assert.Equal(((0, 0), (0, 0), (0, 0)), (_ledger.Of(Pending), _ledger.Of(Receivable), _ledger.Of(Available)));
        Assert.Equal("nbr_r", _ledger.Books.Transfers.Values.Single(transfer => transfer.Type == "void_capture").ExternalReference);
        Assert.Equal([TransferRefusal.Exists], _ledger.Apply(Refunded("r", 100, voids: "c")));
    }

    [Fact]
    public void Of_VoidThatFailed_PostsNothing()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true));
        Assert.Empty(_ledger.Apply(RefundFailed("r", 100, withdrawn: "c")));
        Assert.Equal(100, _ledger.Of(Pending).Posted);
    }

    [Fact]
    public void Of_SeveralRefunds_EachTakesItsOwn()
    {
        _ledger.Apply(Life());
        _ledger.Apply(RefundRequested("r1", 10), RefundRequested("r2", 20), RefundRequested("r3", 30));
        _ledger.Apply(RefundFailed("r2", 20), Refunded("r3", 30));
        Assert.Equal((67, 10), (_ledger.Of(Available).Posted, SetAside()));
        _ledger.Apply(Refunded("r1", 10));
        Assert.Equal((57, 0), (_ledger.Of(Available).Posted, SetAside()));
    }

    [Fact]
    public void Of_WholeLifeAgainInAnyPolls_ExistsAndChangesNothing()
    {
        object[] life =
        [
            .. Life(), RefundRequested("r1", 10), RefundRequested("r2", 20), RefundFailed("r2", 20), Refunded("r1", 10), Refunded("r3", 30),
            Captured("c2", 5, 0, isFinal: true), Refunded("r4", 5, voids: "c2"),
        ];
        _ledger.Apply(life);
        var before = _ledger.Books.Accounts.Values.ToHashSet();

        Assert.All(_ledger.Apply(life), result => Assert.Equal(TransferRefusal.Exists, result));
        foreach (var happened in life)
        {
            Assert.All(_ledger.Apply(happened), result => Assert.Equal(TransferRefusal.Exists, result));
        }

        Assert.True(before.SetEquals(_ledger.Books.Accounts.Values));
    }

    [Fact]
    public void Of_SameRefundOfAnotherAmount_ContradictsTheBooks()
    {
        _ledger.Apply(Life());
        _ledger.Apply(RefundRequested("r", 40), Refunded("r", 40));
        Assert.Equal([TransferRefusal.ExistsWithDifferentAmount], _ledger.Apply(Refunded("r", 39)));
    }

    [Fact]
    public void MovesMoney_Refunds_Do() =>
        Assert.All((PaymentEvent[])[RefundRequested("r", 1), Refunded("r", 1), RefundFailed("r", 1)], happened => Assert.True(Ledger.Journals.PaymentJournals.MovesMoney(happened)));

    private static object[] Life() => [Authorized(100), Captured("c", 100, 0, isFinal: true), Settled("c", 100, 3, line: 1)];

    /// <summary>What is pending against the merchant, minor units.</summary>
    private long SetAside() => _ledger.Books.Accounts.Values.Single(account => account.Name.Path == Available).DebitsPending;
}
