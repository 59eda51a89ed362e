using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Auth.UnitTests.Payments;

namespace PayFlow.Auth.UnitTests.Acquirers;

/// <summary>May the merchant try the same card again?</summary>
public sealed class DeclineKindTests
{
    [Fact]
    public void Of_APaymentThatIsNotDeclined_IsNothing() =>
        Assert.All(States.Canonical.Values.Select(state => state.Payment).Where(payment => payment.Status != PaymentStatus.Declined), payment => Assert.Null(payment.DeclineKind));

    [Theory]
    [InlineData(DeclineKind.Hard)]
    [InlineData(DeclineKind.Soft)]
    public void Of_AnAcquirersDecline_IsWhatItSaid(DeclineKind said)
    {
        var started = Make.Started();
        var change = PaymentChange.Of(started, Make.Now).Decline(DeclineCodes.InsufficientFunds, started.Attempts[0], "nb_1", Make.Now, said);
        Assert.Equal(said, change.After.DeclineKind);
        Assert.Equal(Names.Of(said), Assert.Single(change.Events).Message.Declined.DeclineKind);
        var view = PaymentView.Of(change.After, Make.Now);
        Assert.Equal((said, said), (view.DeclineKind, Assert.Single(view.Attempts).DeclineKind));
    }

    [Theory]
    [InlineData(Authorizing.BlockedByRisk, DeclineKind.Hard)]
    [InlineData(Authorizing.RiskUnavailable, DeclineKind.Soft)]
    [InlineData(Authenticating.Failed, DeclineKind.Hard)]
    [InlineData(Authenticating.TimedOut, DeclineKind.Soft)]
    [InlineData(Authenticating.Unavailable, DeclineKind.Soft)]
    public void Of_ADeclineWithoutAnAcquirer_IsWhatItsCodeMeans(string code, DeclineKind kind)
    {
        var change = Make.Submitted().Decline(code, attempt: null, externalId: null, Make.Now);
        Assert.Equal(kind, change.After.DeclineKind);
    }

    [Fact]
    public void Of_AFailedAuthenticationAfterASoftDecline_IsNotTheFirstAnswers()
    {
        var started = Make.Started();
        var asked = PaymentChange.Of(started, Make.Now).WantsAuthentication(started.Attempts[0], "nb_1", Make.Now);
        Assert.Equal(DeclineKind.Soft, Assert.Single(asked.After.Attempts).DeclineKind);
        Assert.Equal(DeclineKind.Hard, asked.Decline(Authenticating.Failed, attempt: null, externalId: null, Make.Now).After.DeclineKind);
    }

    [Fact]
    public void Of_TwoAcquirers_IsTheSecondsWhoseWordItIs()
    {
        var started = Make.Started();
        var change = PaymentChange.Of(started, Make.Now)
            .DeclinedSoftly(started.Attempts[0], AuthorizationAnswer.Declined("nb_1", DeclineCodes.ProcessingError, DeclineKind.Soft), Make.Now)
            .StartAttempt(Make.NewId(IdPrefix.Attempt), Make.To("harbor"), Make.Now);
        change.Decline(DeclineCodes.ProcessingError, change.After.Attempts[1], "hb_1", Make.Now, DeclineKind.Hard);
        Assert.Equal(DeclineKind.Hard, change.After.DeclineKind);
    }
}
