using PayFlow.Auth.Payments;
using PayFlow.Contracts.Events.V1;
using DisputeState = PayFlow.Auth.Payments.DisputeState;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class DisputingTests
{
    private static readonly Payment Settled = Make.Settled(Make.Captured(Make.Authorized(), 100), 100);
    private static readonly Operation Capture = Settled.Operations[^1];
    private static readonly Dispute Dispute = new(Make.NewId(IdPrefix.Dispute), Capture.Id, "nbx_1", 40, "fraudulent", Make.Now + TimeSpan.FromDays(30), Make.Now);

    [Fact]
    public void Disputed_Capture_IsListedCountedAndTold()
    {
        var change = PaymentChange.Of(Settled, Make.Now).Disputed(Dispute);
        Assert.Equal((40, 0, 60), (change.After.Amounts.Disputed, change.After.Amounts.ChargedBack, change.After.Amounts.Unrefunded));
        Assert.Equal(Dispute, Assert.Single(change.After.Disputes));
        var entry = Assert.Single(change.History);
        Assert.Equal(("chargeback.created", PaymentStatus.Settled, PaymentStatus.Disputed), (entry.Type, entry.Previous!.Value, entry.Status));
        Assert.Equal((Dispute.Id.ToString(), Capture.Id.ToString(), 40L), ((string?)entry.Metadata["dispute"], (string?)entry.Metadata["capture"], (long)entry.Metadata["amount"]!));
        var published = Assert.Single(change.Events);
        Assert.Equal(("chargeback.created", "disputed"), (published.Type, published.Message.Status));
        var told = published.Message.Disputed;
        Assert.Equal((Dispute.Id.ToString(), Capture.Id.ToString(), 40, "fraudulent", "northbank", "nbx_1"), (told.DisputeId, told.CaptureOperationId, told.Amount, told.Reason, told.Acquirer, told.ExternalId));
        Assert.Equal(Dispute.RespondBy, told.RespondBy.ToDateTimeOffset());
        Assert.Empty(change.Operations);
    }

    [Theory]
    [InlineData(true, 0, 0, "settled")]
    [InlineData(false, 40, 1_500, "charged_back")]
    public void DisputeDecided_EitherWay_MovesTheAmountAndIsTold(bool isWon, long chargedBack, long fee, string status)
    {
        var disputed = PaymentChange.Of(Settled, Make.Now).Disputed(Dispute).After;
        var change = PaymentChange.Of(disputed, Make.Now).DisputeDecided(Dispute, isWon, fee, Make.Now);
        Assert.Equal((0, chargedBack, 100 - chargedBack), (change.After.Amounts.Disputed, change.After.Amounts.ChargedBack, change.After.Amounts.Unrefunded));
        var closed = Assert.Single(change.After.Disputes);
        Assert.Equal((isWon ? DisputeState.Won : DisputeState.Lost, fee, Make.Now, Dispute.Id), (closed.State, closed.Fee, closed.ClosedAt!.Value, closed.Id));
        Assert.Equal(("chargeback.closed", isWon ? "won" : "lost"), (Assert.Single(change.History).Type, (string?)change.History[0].Metadata["outcome"]));
        var published = Assert.Single(change.Events);
        Assert.Equal(("chargeback.closed", status), (published.Type, published.Message.Status));
        Assert.Equal((40, fee, isWon ? DisputeOutcome.Won : DisputeOutcome.Lost), (published.Message.DisputeDecided.Amount, published.Message.DisputeDecided.Fee, published.Message.DisputeDecided.Outcome));
    }

    /// <summary>Opened and won is as if it had never been, in every state in which there is something to dispute.</summary>
    [Fact]
    public void DisputeDecided_Won_LeavesStatusAndActionsAsTheyWere()
    {
        var tried = 0;
        foreach (var (_, (payment, status)) in States.Canonical.Where(state => state.Value.Payment.Amounts is { Captured: > 0, Disputed: 0 }))
        {
            var won = Make.DisputeDecided(Make.Disputed(payment, 1), isWon: true);
            Assert.Equal((status, payment.Amounts), (won.Status, won.Amounts));
            Assert.Equal(PaymentActions.All(payment, Make.Now), PaymentActions.All(won, Make.Now));
            tried++;
        }

        Assert.True(tried > 10, $"Only {tried} states had something to dispute.");
    }

    [Fact]
    public void Disputed_WhileARefundIsOnItsWay_BothGoOn()
    {
        var refunding = Make.Refunding(Settled, 30);
        var disputed = Make.Disputed(refunding, 100);
        Assert.Equal((30, 100, 0), (disputed.Amounts.Refunding, disputed.Amounts.Disputed, disputed.Amounts.Unrefunded));
        var operation = disputed.Pending!;
        var refunded = Make.Change(disputed, (change, _) => change.Refunded(operation, disputed.OpenAttempt(operation)!, "nbr_1", Make.DayEnd, Make.Now));
        Assert.Equal((0, 30, 100, PaymentStatus.Disputed), (refunded.Amounts.Refunding, refunded.Amounts.Refunded, refunded.Amounts.Disputed, refunded.Status));
        Assert.Equal((30, 100, 0, PaymentStatus.ChargedBack), Lost(refunded));

        var refused = Make.Change(disputed, (change, _) => change.RefundRefused(operation, disputed.OpenAttempt(operation)!, "refused", Make.Now));
        Assert.Equal((0, 100, 0, PaymentStatus.ChargedBack), Lost(refused));
    }

    [Fact]
    public void WholeCapture_Disputed_IsNoneUntilItIsWon()
    {
        var two = Make.Captured(Make.Captured(Make.Authorized(), 40), 60);   // the last one is disputed
        var disputed = Make.Disputed(two, 10);
        Assert.Null(Refunding.WholeCapture(disputed, 60, asked: null));
        Assert.NotNull(Refunding.WholeCapture(disputed, 40, asked: null));
        Assert.NotNull(Refunding.WholeCapture(Make.DisputeDecided(disputed, isWon: true), 60, asked: null));
        Assert.Null(Refunding.WholeCapture(Make.DisputeDecided(disputed, isWon: false), 60, asked: null));
    }

    private static (long Refunded, long ChargedBack, long Unrefunded, PaymentStatus Status) Lost(Payment payment)
    {
        var lost = Make.DisputeDecided(payment, isWon: false);
        return (lost.Amounts.Refunded, lost.Amounts.ChargedBack, lost.Amounts.Unrefunded, lost.Status);
    }
}
