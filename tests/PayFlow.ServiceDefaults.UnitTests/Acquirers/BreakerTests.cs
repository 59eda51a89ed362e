using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.ServiceDefaults.UnitTests.Acquirers;

public sealed class BreakerTests
{
    private readonly Breaker _breaker = new(new AcquirerOptions());
    private DateTimeOffset _now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    private BreakerView View => _breaker.View(_now);

    [Fact]
    public void Closed_NineFailuresAndASuccess_StaysClosedAndCountsFromNothing()
    {
        Fail(9);
        Assert.Equal(9, View.Failures);
        Succeed();
        Fail(9);
        Assert.Equal(new BreakerView(BreakerState.Closed, null, 9, 1, true), View);
    }

    [Fact]
    public void Closed_TenFailuresInARow_OpensForSixtySeconds()
    {
        Fail(10);
        Assert.Equal(new BreakerView(BreakerState.Open, _now, 10, 0, false), View);
        Assert.Equal((null, TimeSpan.FromSeconds(60)), Enter());
        Pass(seconds: 59.999);
        Assert.Null(Enter().Pass);
        Assert.False(View.TakesCalls);
    }

    [Fact]
    public void Open_AfterSixtySeconds_LetsExactlyOneTrialThrough()
    {
        Fail(10);
        Pass(seconds: 60);
        Assert.NotNull(Enter().Pass);
        Assert.Equal((BreakerState.HalfOpen, false), (View.State, View.TakesCalls));
        Assert.Null(Enter().Pass);
    }

    [Fact]
    public void View_BreakIsOver_IsHalfOpenAndTakesTheTrialBeforeAnybodyCalls()
    {
        Fail(10);
        Pass(seconds: 59.999);
        Assert.Equal(BreakerState.Open, View.State);
        Pass(seconds: 0.001);
        Assert.Equal(new BreakerView(BreakerState.HalfOpen, _now, 10, 1, true), View);
    }

    [Fact]
    public void HalfOpen_TrialFails_OpensForTwoMinutesEachTime()
    {
        Fail(10);
        Pass(seconds: 60);
        for (var trial = 1; trial <= 3; trial++)
        {
            Fail(1);
            Assert.Equal((null, TimeSpan.FromSeconds(120)), Enter());
            Assert.Equal(10 + trial, View.Failures);
            Pass(seconds: 119.999);
            Assert.Null(Enter().Pass);
            Pass(seconds: 0.001);
        }

        Succeed();
        Assert.Equal((BreakerState.RampUp, 0), (View.State, View.Failures));
    }

    [Fact]
    public void HalfOpen_TrialSucceeds_SharesMoreAndMoreAndCloses()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        var began = _now;
        Assert.Equal(new BreakerView(BreakerState.RampUp, began, 0, 0, true), View);
        Pass(seconds: 7.5);
        Assert.Equal((BreakerState.RampUp, 0.25), (View.State, View.Share));
        Pass(seconds: 15);
        Assert.Equal((BreakerState.RampUp, 0.75), (View.State, View.Share));
        Pass(seconds: 7.5);
        Assert.Equal(new BreakerView(BreakerState.Closed, began.AddSeconds(30), 0, 1, true), View);
    }

    // The share is for who has somewhere else to go: who comes all the same is not turned away.
    [Fact]
    public void RampUp_AnyCall_GoesThrough()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        Assert.All(Enumerable.Range(0, 100), _ => Assert.NotNull(Enter().Pass));
    }

    [Fact]
    public void RampUp_TenFailuresInARow_OpensAgainForSixtySeconds()
    {
        Fail(10);
        Pass(seconds: 60);
        Succeed();
        Fail(9);
        Assert.Equal(BreakerState.RampUp, View.State);
        Fail(1);
        Assert.Equal((null, TimeSpan.FromSeconds(60)), Enter());
    }

    [Fact]
    public void Open_LateResultOfACallFromBefore_ChangesNothing()
    {
        var late = Enter().Pass!.Value;
        Fail(10);
        _breaker.Report(late, succeeded: true, _now);
        Assert.Equal(BreakerState.Open, View.State);
        Pass(seconds: 60);
        Assert.NotNull(Enter().Pass);
        _breaker.Report(late, succeeded: false, _now);
        Assert.Equal(BreakerState.HalfOpen, View.State);
    }

    // A trial whose caller goes away must not leave the breaker half open for ever.
    [Fact]
    public void HalfOpen_TrialWithdrawn_NextCallIsTheTrial()
    {
        Fail(10);
        Pass(seconds: 60);
        _breaker.Withdraw(Enter().Pass!.Value, _now);
        Assert.True(View.TakesCalls);
        Assert.NotNull(Enter().Pass);
        Assert.Null(Enter().Pass);
    }

    private (long? Pass, TimeSpan Wait) Enter() => _breaker.TryEnter(_now);

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _breaker.Report(Enter().Pass!.Value, succeeded: false, _now);
        }
    }

    private void Succeed() => _breaker.Report(Enter().Pass!.Value, succeeded: true, _now);

    private void Pass(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
