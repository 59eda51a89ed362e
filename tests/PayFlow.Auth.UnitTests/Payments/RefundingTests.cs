using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class RefundingTests
{
    private static readonly Payment TwoCaptures = Make.Captured(Make.Captured(Make.Authorized(), 40), 60);

    [Fact]
    public void WholeCapture_AmountOfOne_IsThatOne()
    {
        Assert.Equal(Captures(TwoCaptures)[0], Refunding.WholeCapture(TwoCaptures, 40, asked: null));
        Assert.Equal(Captures(TwoCaptures)[1], Refunding.WholeCapture(TwoCaptures, 60, asked: null));
    }

    [Theory]
    [InlineData(39)]
    [InlineData(41)]
    [InlineData(100)]
    public void WholeCapture_AnotherAmount_IsNone(long amount) => Assert.Null(Refunding.WholeCapture(TwoCaptures, amount, asked: null));

    [Fact]
    public void WholeCapture_NamedButOfAnotherAmount_IsNone() => Assert.Null(Refunding.WholeCapture(TwoCaptures, 40, Captures(TwoCaptures)[1].Id));

    [Fact]
    public void WholeCapture_RefundedAlready_IsNone() => Assert.Null(Refunding.WholeCapture(Make.Refunded(TwoCaptures, 40, byVoid: true), 40, asked: null));

    [Fact]
    public void WholeCapture_OtherOneVoided_IsStillPossible()
    {
        var voided = Make.Refunded(TwoCaptures, 40, byVoid: true);
        Assert.Equal(Captures(voided)[1], Refunding.WholeCapture(voided, 60, asked: null));
        Assert.False(Refunding.HasGivenBack(voided));
    }

    [Fact]
    public void WholeCapture_APartWentBack_IsNone()
    {
        var refunded = Make.Refunded(TwoCaptures, 10);
        Assert.Null(Refunding.WholeCapture(refunded, 40, asked: null));
        Assert.True(Refunding.HasGivenBack(refunded));
    }

    [Fact]
    public void WholeCapture_TheRefundWasRefused_IsPossibleAgain() => Assert.NotNull(Refunding.WholeCapture(Make.RefundRefused(TwoCaptures, 40), 40, asked: null));

    [Fact]
    public void ReserveRefund_OfAPart_IsOnItsWayAndTellsTheLedger()
    {
        var change = PaymentChange.Of(TwoCaptures, Make.Now)
            .ReserveRefund(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), 10, wholeCapture: null, "refund", Make.Now);
        Assert.Equal(["refund.requested", "payment.refund_requested"], change.History.Select(entry => entry.Type));
        var told = Assert.Single(change.Events).Message.RefundRequested;
        Assert.Equal((change.After.Pending!.Id.ToString(), 10, "northbank"), (told.OperationId, told.Amount, told.Acquirer));
        Assert.Equal((10, 0, 90), (change.After.Amounts.Refunding, change.After.Amounts.Refunded, change.After.Amounts.Unrefunded));
    }

    [Fact]
    public void ReserveRefund_OfAWholeCapture_TellsNobodyBeforeTheWayIsDecided()
    {
        var reserved = Make.Refunding(TwoCaptures, 40);
        var change = PaymentChange.Of(TwoCaptures, Make.Now)
            .ReserveRefund(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), 40, Captures(TwoCaptures)[0], "refund", Make.Now);
        Assert.Empty(change.Events);
        Assert.Null(reserved.OpenAttempt(reserved.Pending!));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Refunded_EitherWay_MovesTheAmountAndNamesTheCaptureOnlyWhenItWasVoided(bool byVoid)
    {
        var underway = Make.GivingBack(Make.Refunding(TwoCaptures, 40), byVoid);
        var operation = underway.Pending!;
        var change = PaymentChange.Of(underway, Make.Now).Refunded(operation, underway.OpenAttempt(operation)!, "nbr_1", new DayEnd("Europe/Berlin", new TimeOnly(18, 0)), Make.Now);
        var told = Assert.Single(change.Events).Message.Refunded;
        Assert.Equal((0, 40), (change.After.Amounts.Refunding, change.After.Amounts.Refunded));
        Assert.Equal(byVoid ? Captures(TwoCaptures)[0].Id.ToString() : "", told.VoidedCaptureOperationId);
        Assert.Equal(("nbr_1", 40, "nb_1", "Europe/Berlin", "18:00"), (told.ExternalRefundId, told.Amount, told.ExternalId, told.SettlementZone, told.SettlementCutoff));
        Assert.Equal(operation.Id.ToString(), change.After.Attempts[^1].Reference);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void RefundRefused_EitherWay_FreesTheAmountAndGivesTheCaptureBackToSettlement(bool byVoid)
    {
        var underway = Make.GivingBack(Make.Refunding(TwoCaptures, 40), byVoid);
        var operation = underway.Pending!;
        var change = PaymentChange.Of(underway, Make.Now).RefundRefused(operation, underway.OpenAttempt(operation)!, "refused", Make.Now);
        Assert.Equal(TwoCaptures.Amounts, change.After.Amounts);
        Assert.Equal(byVoid ? Captures(TwoCaptures)[0].Id.ToString() : "", Assert.Single(change.Events).Message.RefundFailed.WithdrawnCaptureOperationId);
        Assert.Equal((OperationState.Failed, "refused"), (change.After.Operations[^1].State, change.After.Operations[^1].DeclineCode));
    }

    private static List<Operation> Captures(Payment payment) => [.. payment.Operations.Where(operation => operation.Kind == OperationKind.Capture)];
}
