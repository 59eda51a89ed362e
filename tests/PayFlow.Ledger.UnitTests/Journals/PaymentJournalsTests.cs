using PayFlow.Contracts.Events.V1;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class PaymentJournalsTests
{
    private const string Receivable = "acquirer_receivable/northbank";
    private static readonly string Pending = $"merchant/{Sample.Merchant}/pending";

    private readonly MemoryLedger _ledger = new();

    [Fact]
    public void Of_Authorized_HoldsTheAmount()
    {
        _ledger.Apply(Authorized(100));

        Assert.Equal(((0, 100), (0, 100)), (_ledger.Of(Receivable), _ledger.Of(Pending)));
        var hold = Assert.Single(_ledger.Books.Transfers.Values);
        Assert.Equal(
            ("auth_hold", Sample.Payment, Sample.Merchant, "nb_1", Sample.Now), (hold.Type, hold.PaymentId, hold.MerchantId, hold.ExternalReference, hold.EffectiveAt));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]    // the rest is released
    public void Of_FinalCapture_PostsItAndReleasesTheRest(long amount)
    {
        _ledger.Apply(Authorized(100), Captured("c", amount, 0, isFinal: true));

        Assert.Equal(((amount, 0), (amount, 0)), (_ledger.Of(Receivable), _ledger.Of(Pending)));
    }

    [Fact]
    public void Of_CaptureWithMoreToCome_HoldsTheRestAgain()
    {
        _ledger.Apply(Authorized(100));
        _ledger.Apply(Captured("c1", 30, 70, isFinal: false));
        Assert.Equal(((30, 70), (30, 70)), (_ledger.Of(Receivable), _ledger.Of(Pending)));

        _ledger.Apply(Captured("c2", 50, 20, isFinal: false));
        Assert.Equal((80, 20), _ledger.Of(Pending));

        _ledger.Apply(Captured("c3", 5, 0, isFinal: true));
        Assert.Equal(((85, 0), (85, 0)), (_ledger.Of(Receivable), _ledger.Of(Pending)));
    }

    [Fact]
    public void Of_CaptureOfAllThatIsNotCalledFinal_HoldsNothingMore()
    {
        _ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: false));

        Assert.Equal((100, 0), _ledger.Of(Pending));
    }

    [Fact]
    public void Of_VoidedOrExpired_ReleasesWhatIsStillHeld()
    {
        _ledger.Apply(Authorized(100), Captured("c1", 30, 70, isFinal: false), Voided("v"));
        Assert.Equal((30, 0), _ledger.Of(Pending));

        _ledger.Apply(Authorized(40, Sample.OtherPayment), Expired("e", Sample.OtherPayment));
        Assert.Equal((30, 0), _ledger.Of(Pending));
    }

    [Fact]
    public void Of_CaptureWithoutHold_IsPostedAllTheSame()
    {
        Assert.Equal([TransferRefusal.Created], _ledger.Apply(Captured("c", 30, 0, isFinal: true)));
        Assert.Equal([TransferRefusal.Exists], _ledger.Apply(Captured("c", 30, 0, isFinal: true)));

        Assert.Equal(((30, 0), (30, 0)), (_ledger.Of(Receivable), _ledger.Of(Pending)));
    }

    [Fact]
    public void Of_CaptureOfMoreThanTheHold_IsPostedInFull()
    {
        _ledger.Apply(Authorized(100));

        Assert.Equal([TransferRefusal.Created, TransferRefusal.Created], _ledger.Apply(Captured("c", 130, 0, isFinal: true)));
        Assert.Equal([TransferRefusal.Exists, TransferRefusal.Exists], _ledger.Apply(Captured("c", 130, 0, isFinal: true)));
        Assert.Equal(((130, 0), (130, 0)), (_ledger.Of(Receivable), _ledger.Of(Pending)));
    }

    [Fact]
    public void Of_ReleaseWithoutHold_PostsNothing() => Assert.Empty(_ledger.Apply(Voided("v")));

    [Fact]
    public void Of_WholeLifeAgain_ExistsAndChangesNothing()
    {
        PaymentEvent[] life = [Authorized(100), Captured("c1", 30, 70, isFinal: false), Captured("c2", 20, 50, isFinal: false), Voided("v")];
        _ledger.Apply(life);
        var before = _ledger.Books.Accounts.Values.ToHashSet();

        var again = _ledger.Apply(life);

        Assert.Equal(6, again.Count);
        Assert.All(again, result => Assert.Equal(TransferRefusal.Exists, result));
        Assert.True(before.SetEquals(_ledger.Books.Accounts.Values));
    }

    [Fact]
    public void Of_OldEventsWithANewOne_AppliesTheNewOneToTheRightHold()
    {
        PaymentEvent[] life = [Authorized(100), Captured("c1", 30, 70, isFinal: false)];
        _ledger.Apply(life);

        var results = _ledger.Apply([.. life, Captured("c2", 70, 0, isFinal: true)]);

        Assert.Equal([TransferRefusal.Exists, TransferRefusal.Exists, TransferRefusal.Exists, TransferRefusal.Created], results);
        Assert.Equal((100, 0), _ledger.Of(Pending));
    }

    [Fact]
    public void Of_ReleaseAfterAnOldLife_DoesNotTakeItsHoldForOpen()
    {
        PaymentEvent[] life = [Authorized(100), Captured("c1", 30, 0, isFinal: true)];
        _ledger.Apply(life);

        Assert.Equal([TransferRefusal.Exists, TransferRefusal.Exists], _ledger.Apply([.. life, Voided("v")]));
    }

    [Fact]
    public void Of_SameOperationWithAnotherAmount_ContradictsTheBooks()
    {
        _ledger.Apply(Authorized(100), Captured("c1", 30, 70, isFinal: true));

        Assert.Equal([TransferRefusal.ExistsWithDifferentAmount], _ledger.Apply(Captured("c1", 31, 69, isFinal: true)));
    }

    public static TheoryData<PaymentEvent> Quiet =>
    [
        Payment(null, new() { Submitted = new() { Amount = 5 } }), Payment(null, new() { Declined = new() }), Payment(null, new() { Failed = new() }),
        Payment(null, new() { Settled = new() { Amount = 5 } }), Payment(null, new() { RequiresAction = new() { Url = "https://issuer.example" } }),
    ];

    [Theory]
    [MemberData(nameof(Quiet))]
    public void Of_EventThatMovesNoMoneyHere_PostsNothing(PaymentEvent happened)
    {
        Assert.False(PaymentJournals.MovesMoney(happened));
        Assert.Empty(_ledger.Apply(happened));
    }

    [Fact]
    public void MovesMoney_EventOfALaterVersion_IsNotPassedOver() =>
        Assert.Throws<FormatException>(() => PaymentJournals.MovesMoney(Payment(null, new())));

    [Fact]
    public void Of_MalformedEvent_SaysSo()
    {
        var noTime = Authorized(1);
        noTime.OccurredAt = null;
        PaymentEvent[] malformed =
        [
            new(Authorized(1)) { PaymentId = "pay_1" }, new(Authorized(1)) { MerchantId = "" }, new(Authorized(1)) { Currency = "usd" },
            new(Authorized(1)) { Mode = Contracts.Common.V1.Mode.Unspecified }, noTime,
        ];

        Assert.All(malformed, happened => Assert.Throws<FormatException>(() => _ledger.Apply(happened)));
    }

    [Theory]
    [InlineData(0, TransferRefusal.AmountNotPositive)]
    [InlineData(-5, TransferRefusal.AmountNotPositive)]
    [InlineData(LedgerEngine.MaxAmount + 1, TransferRefusal.AmountTooLarge)]
    public void Of_ImpossibleAmount_CannotBePosted(long amount, TransferRefusal refusal)
    {
        Assert.Equal([refusal], _ledger.Apply(Authorized(amount)));
        Assert.Equal([refusal], _ledger.Apply(Captured("c", amount, 0, isFinal: true)));
    }
}
