using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.ServiceDefaults.UnitTests.Acquirers;

public sealed class BreakerTests
{
    private readonly Breaker _breaker = new(new AcquirerOptions());
    private DateTimeOffset _now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Closed_NineFailuresAndASuccess_StaysClosedAndCountsFromNothing()
    {
        Fail(9);
        Succeed();
        Fail(9);
        Assert.Equal(BreakerState.Closed, _breaker.State(_now));
    }

    [Fact]
    public void Closed_TenFailuresInARow_OpensForSixtySeconds()
    {
        Fail(10);
        Assert.Equal(BreakerState.Open, _breaker.State(_now));
        Assert.Equal((null, TimeSpan.FromSeconds(60)), Enter());
        Pass(seconds: 59.999);
        Assert.Null(Enter().Pass);
    }

    [Fact]
    public void Open_AfterSixtySeconds_LetsExactlyOneTrialThrough()
    {
        Fail(10);
        Pass(seconds: 60);
        Assert.NotNull(Enter().Pass);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State(_now));
        Assert.Null(Enter().Pass);
        Assert.Null(Enter(sole: true).Pass);
    }

    [Fact]
    public void State_BreakIsOver_IsHalfOpenBeforeAnybodyCalls()
    {
        Fail(10);
        Pass(seconds: 59.999);
        Assert.Equal(BreakerState.Open, _breaker.State(_now));
        Pass(seconds: 0.001);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State(_now));
    }

    [Fact]
    public void HalfOpen_TrialFails_OpensForTwoMinutes()
    {
        Fail(10);
        Pass(seconds: 60);
        Fail(1);
        Assert.Equal((null, TimeSpan.FromSeconds(120)), Enter());
        Pass(seconds: 119.999);
        Assert.Null(Enter().Pass);
        Pass(seconds: 0.001);
        Assert.NotNull(Enter().Pass);
    }

    [Fact]
    public void HalfOpen_TrialSucceeds_RampsUpEvenlyAndCloses()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        Assert.Equal(BreakerState.RampUp, _breaker.State(_now));
        Assert.Equal(0, Admitted(of: 100));
        Pass(seconds: 7.5);
        Assert.Equal(25, Admitted(of: 100));
        Pass(seconds: 15);
        Assert.Equal(75, Admitted(of: 100));
        Pass(seconds: 7.5);
        Assert.Equal(BreakerState.Closed, _breaker.State(_now));
        Assert.Equal(100, Admitted(of: 100));
    }

    [Fact]
    public void RampUp_CallWithoutAlternative_IsNotTurnedAway()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        Assert.NotNull(Enter(sole: true).Pass);
    }

    [Fact]
    public void RampUp_TenFailuresInARow_OpensAgain()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        Fail(10, sole: true);
        Assert.Equal(BreakerState.Open, _breaker.State(_now));
    }

    [Fact]
    public void Open_LateResultOfACallFromBefore_ChangesNothing()
    {
        var late = Enter().Pass!.Value;
        Fail(10);
        _breaker.Report(late, succeeded: true, _now);
        Assert.Equal(BreakerState.Open, _breaker.State(_now));
        Pass(seconds: 60);
        Assert.NotNull(Enter().Pass);
        _breaker.Report(late, succeeded: false, _now);
        Assert.Equal(BreakerState.HalfOpen, _breaker.State(_now));
    }

    // A trial whose caller goes away must not leave the breaker half open for ever.
    [Fact]
    public void HalfOpen_TrialWithdrawn_NextCallIsTheTrial()
    {
        Fail(10);
        Pass(seconds: 60);
        _breaker.Withdraw(Enter().Pass!.Value, _now);
        Assert.NotNull(Enter().Pass);
        Assert.Null(Enter().Pass);
    }

    private (long? Pass, TimeSpan Wait) Enter(bool sole = false) => _breaker.TryEnter(_now, sole);

    private void Fail(int times, bool sole = false)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Report(Enter(sole).Pass!.Value, succeeded: false, _now);
        }
    }

    private void Succeed() => _breaker.Report(Enter().Pass!.Value, succeeded: true, _now);

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);

    private int Admitted(int of) => Enumerable.Range(0, of).Count(_ => Enter().Pass is not null);
}
