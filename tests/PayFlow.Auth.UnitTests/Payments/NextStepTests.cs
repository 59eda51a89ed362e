using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class NextStepTests
{
    private static readonly TimeSpan ResolveFor = TimeSpan.FromMinutes(10);

    public static TheoryData<string, Type> Cases() => new()
    {
        { "authorized", typeof(NextStep.Rest) },
        { "declined", typeof(NextStep.Rest) },
        { "failed", typeof(NextStep.Rest) },
        { "voided", typeof(NextStep.Rest) },
        { "settled", typeof(NextStep.Rest) },
        { "draft", typeof(NextStep.Rest) },
        { "confirmed", typeof(NextStep.Judge) },
        { "to be authenticated", typeof(NextStep.Authenticate) },
        { "challenged", typeof(NextStep.Inquire) },
        { "payer returned", typeof(NextStep.Inquire) },
        { "authenticated", typeof(NextStep.Route) },
        { "processing", typeof(NextStep.Authorize) },
        { "capturing in part", typeof(NextStep.Capture) },
        { "capturing for good", typeof(NextStep.Capture) },
        { "voiding", typeof(NextStep.Void) },
        { "lapsed", typeof(NextStep.Lapse) },
        { "expiring", typeof(NextStep.Expire) },
        { "expired", typeof(NextStep.Rest) },
        { "captured in part, the rest expired", typeof(NextStep.Rest) },
        { "refunding in part", typeof(NextStep.Refund) },
        { "refunding all, way not decided", typeof(NextStep.Withdraw) },
        { "voiding the capture", typeof(NextStep.Refund) },
        { "refund refused", typeof(NextStep.Rest) },
        { "refunded", typeof(NextStep.Rest) },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Of_CanonicalState_IsWhatIsPending(string state, Type expected) =>
        Assert.IsType(expected, NextStep.Of(States.Canonical[state].Payment, ResolveFor, Make.Now));

    [Fact]
    public void Of_NoAttempt_Routes() => Assert.IsType<NextStep.Route>(NextStep.Of(Make.Submitted().After, ResolveFor, Make.Now));

    [Fact]
    public void Of_AttemptNotProcessed_RoutesAgain()
    {
        var turnedAway = Make.Change(Make.Started(), (change, payment) => change.NotProcessed(payment.Attempts[0], Make.Now));
        Assert.IsType<NextStep.Route>(NextStep.Of(turnedAway, ResolveFor, Make.Now));
    }

    [Fact]
    public void Of_UnknownOutcome_AsksTheSameAcquirerUnderTheSameReference()
    {
        var started = Make.Started();
        var unknown = Make.Change(started, (change, payment) => change.Unanswered(payment.Attempts[0]));
        var step = Assert.IsType<NextStep.Authorize>(NextStep.Of(unknown, ResolveFor, Make.Now + ResolveFor - TimeSpan.FromSeconds(1)));
        Assert.Equal((started.Attempts[0].Acquirer, started.Attempts[0].Reference), (step.Attempt.Acquirer, step.Attempt.Reference));
    }

    [Fact]
    public void Of_UnknownOutcomeForTooLong_GivesUp()
    {
        var unknown = Make.Change(Make.Started(), (change, payment) => change.Unanswered(payment.Attempts[0]));
        Assert.IsType<NextStep.GiveUp>(NextStep.Of(unknown, ResolveFor, Make.Now + ResolveFor));
    }

    [Fact]
    public void Of_StartedLongAgo_IsAskedFirst() =>
        Assert.IsType<NextStep.Authorize>(NextStep.Of(Make.Started(), ResolveFor, Make.Now + ResolveFor + ResolveFor));

    [Fact]
    public void Of_LapsedWhileACaptureIsOpen_CapturesFirst() =>
        Assert.IsType<NextStep.Capture>(NextStep.Of(Make.Capturing(Make.Authorized(), 40), ResolveFor, Make.Now + Make.Hold));

    [Fact]
    public void Of_CapturedInPart_LapsesWithTheHold()
    {
        var captured = Make.Captured(Make.Authorized(), 40);
        Assert.IsType<NextStep.Rest>(NextStep.Of(captured, ResolveFor, Make.Now + Make.Hold - TimeSpan.FromTicks(1)));
        Assert.IsType<NextStep.Lapse>(NextStep.Of(captured, ResolveFor, Make.Now + Make.Hold));
    }

    [Theory]
    [InlineData("captured")]
    [InlineData("captured for good")]
    [InlineData("voided")]
    [InlineData("declined")]
    public void Of_NothingHeld_NeverLapses(string state) =>
        Assert.IsType<NextStep.Rest>(NextStep.Of(States.Canonical[state].Payment, ResolveFor, Make.Now + Make.Hold + Make.Hold));

    [Fact]
    public void Of_TwoCaptures_TakesTheFirst()
    {
        var both = Make.Capturing(Make.Capturing(Make.Authorized(), 60, key: "first"), 40, key: "second");
        Assert.Equal("first", Assert.IsType<NextStep.Capture>(NextStep.Of(both, ResolveFor, Make.Now)).Operation.IdempotencyKey);
    }
}
