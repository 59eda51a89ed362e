using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Auth.UnitTests.Payments;

namespace PayFlow.Auth.UnitTests.Acquirers;

public sealed class SoftDeclinesTests
{
    private static readonly AuthorizationAnswer Away = AuthorizationAnswer.Declined("nb_1", DeclineCodes.IssuerUnavailable, DeclineKind.Soft);

    [Theory]
    [InlineData(DeclineCodes.ProcessingError, DeclineKind.Soft, true)]
    [InlineData(DeclineCodes.IssuerUnavailable, DeclineKind.Soft, true)]
    [InlineData(DeclineCodes.InsufficientFunds, DeclineKind.Soft, false)]
    [InlineData(DeclineCodes.AuthenticationRequired, DeclineKind.Soft, false)]
    [InlineData("something_new", DeclineKind.Soft, false)]
    [InlineData(DeclineCodes.ProcessingError, DeclineKind.Hard, false)]   // the acquirer says that it would be the same again
    [InlineData(DeclineCodes.CardDeclined, DeclineKind.Hard, false)]
    public void TriesNext_AnyDecline_IsAsTheRuleSays(string code, DeclineKind kind, bool expected) =>
        Assert.Equal(expected, SoftDeclines.TriesNext(new RoutingOptions(), Make.Started(), AuthorizationAnswer.Declined("nb_1", code, kind)));

    [Fact]
    public void TriesNext_RuleTurnedOff_IsTheEnd()
    {
        var table = new RoutingOptions { TryNextAfter = { [DeclineCodes.IssuerUnavailable] = false, [DeclineCodes.InsufficientFunds] = true } };
        Assert.False(SoftDeclines.TriesNext(table, Make.Started(), Away));
        Assert.True(SoftDeclines.TriesNext(table, Make.Started(), AuthorizationAnswer.Declined("nb_1", DeclineCodes.InsufficientFunds, DeclineKind.Soft)));
    }

    [Fact]
    public void TriesNext_SecondDecline_IsTheEnd() => Assert.False(SoftDeclines.TriesNext(new RoutingOptions(), Twice().After, Away));

    [Fact]
    public void DeclinedSoftly_ThenAnotherAttempt_IsOnePaymentStillProcessing()
    {
        var change = Twice();
        Assert.Equal(PaymentStatus.Processing, change.After.Status);
        Assert.Null(change.Answer);
        Assert.Empty(change.Events);   // nobody else needs to know: nothing is decided
        Assert.Equal([AttemptState.Declined, AttemptState.Started], change.After.Attempts.Select(attempt => attempt.State));
        Assert.Equal(["attempt.declined", "attempt.started"], change.History.Select(entry => entry.Type));
        Assert.Equal("issuer_unavailable soft", $"{change.History[0].Metadata["decline_code"]} {change.History[0].Metadata["decline_kind"]}");
        Assert.IsType<NextStep.Authorize>(NextStep.Of(change.After, TimeSpan.FromMinutes(10), Make.Now));
    }

    [Fact]
    public void LetStand_NobodyElseToAsk_IsTheFirstOnesDecline()
    {
        var started = Make.Started();
        var change = PaymentChange.Of(started, Make.Now).DeclinedSoftly(started.Attempts[0], Away, Make.Now);
        change.LetStand(SoftDeclines.Of(change.After)!, Make.Now);
        Assert.Equal((PaymentStatus.Declined, DeclineCodes.IssuerUnavailable, "northbank"), (change.After.Status, change.After.DeclineCode, change.After.Acquirer));
        Assert.Equal(DeclineKind.Soft, Assert.Single(change.After.Attempts).DeclineKind);
        Assert.Single(change.Events);
    }

    private static PaymentChange Twice()
    {
        var started = Make.Started();
        return PaymentChange.Of(started, Make.Now).DeclinedSoftly(started.Attempts[0], Away, Make.Now).StartAttempt(Make.NewId(IdPrefix.Attempt), Make.To("harbor"), Make.Now);
    }
}
