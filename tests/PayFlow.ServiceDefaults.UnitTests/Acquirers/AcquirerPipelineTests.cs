using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Acquirers;

public sealed class AcquirerPipelineTests
{
    private static readonly HttpRequestException Refused = new(HttpRequestError.ConnectionError, "refused");
    private static readonly HttpRequestException Cut = new(HttpRequestError.ResponseEnded, "cut");

    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));
    private readonly List<TimeSpan> _waits = [];
    private int _calls;

    [Fact]
    public async Task Execute_AnAnswer_IsReturnedAtOnce()
    {
        Assert.Equal("declined", await RunAsync(Pipeline(), _ => "declined"));
        Assert.Equal(1, _calls);
    }

    [Theory]
    [InlineData(0.5, new[] { 1.0, 2.0, 4.0 })]
    [InlineData(0.0, new[] { 0.8, 1.6, 3.2 })]
    [InlineData(1.0, new[] { 1.2, 2.4, 4.8 })]
    public async Task Execute_Unavailable_RetriesThreeTimesWithJitterOfAFifth(double random, double[] seconds)
    {
        var failure = await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(Pipeline(random: random), _ => throw Refused));
        Assert.False(failure.OutcomeUnknown);
        Assert.Equal(4, _calls);
        Assert.Equal(seconds.Select(TimeSpan.FromSeconds), _waits);
    }

    [Fact]
    public async Task Execute_ManyRetries_NoWaitIsLongerThanTheCap()
    {
        await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(Pipeline(new AcquirerOptions { Retries = 6, BreakAfter = 100 }), _ => throw Refused));
        Assert.Equal([1, 2, 4, 8, 10, 10], _waits.Select(wait => wait.TotalSeconds));
    }

    [Fact]
    public async Task Execute_BugInTheCaller_IsNotRetriedAndNotCounted()
    {
        var pipeline = Pipeline(new AcquirerOptions { BreakAfter = 1 });
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(pipeline, _ => throw new InvalidOperationException("bug")));
        Assert.Equal(1, _calls);
        Assert.Equal(BreakerState.Closed, pipeline.Breaker.State);
    }

    // The first attempt may have been carried out: that the second found the door shut proves nothing about it.
    [Fact]
    public async Task Execute_UnknownThenRefused_StaysUnknown()
    {
        var failure = await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(Pipeline(), attempt => throw (attempt == 1 ? Cut : Refused)));
        Assert.True(failure.OutcomeUnknown);
        Assert.Equal(4, _calls);
    }

    [Fact]
    public async Task Execute_UnknownThenBreakerOpens_StaysUnknown()
    {
        var failure = await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(Pipeline(new AcquirerOptions { BreakAfter = 1 }), _ => throw Cut));
        Assert.True(failure.OutcomeUnknown);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Execute_UnknownAndNotRepeatable_IsNotRepeated()
    {
        var failure = await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(Pipeline(), _ => throw Cut, new AcquirerCall { Repeatable = false }));
        Assert.True(failure.OutcomeUnknown);
        Assert.Equal(1, _calls);
    }

    [Fact]
    public async Task Execute_RefusedAndNotRepeatable_IsRetried()
    {
        Assert.Equal("ok", await RunAsync(Pipeline(), attempt => attempt < 3 ? throw Refused : "ok", new AcquirerCall { Repeatable = false }));
        Assert.Equal(3, _calls);
    }

    [Fact]
    public async Task Execute_UnknownThenAnswer_IsTheAnswer() =>
        Assert.Equal("ok", await RunAsync(Pipeline(), attempt => attempt == 1 ? throw Cut : "ok"));

    [Fact]
    public async Task Execute_NoAnswerInTime_IsUnknown()
    {
        var pipeline = Pipeline(new AcquirerOptions { Retries = 0 });
        var call = pipeline.ExecuteAsync<string>(async cancellationToken => { await Task.Delay(Timeout.Infinite, cancellationToken); return ""; }, new AcquirerCall(), CancellationToken.None);
        await DriveAsync(call);
        Assert.True((await Assert.ThrowsAsync<AcquirerFailedException>(() => call)).OutcomeUnknown);
        Assert.Equal([TimeSpan.FromSeconds(5)], _waits);
    }

    [Fact]
    public async Task Execute_BreakerOpen_CallsNobodyAndSaysWhenToComeBack()
    {
        var pipeline = Pipeline(new AcquirerOptions { Retries = 0 });
        for (var i = 0; i < 10; i++)
        {
            await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(pipeline, _ => throw Refused));
        }

        var failure = await Assert.ThrowsAsync<AcquirerFailedException>(() => RunAsync(pipeline, _ => "ok"));
        Assert.Equal((false, TimeSpan.FromSeconds(60), 10, BreakerState.Open), (failure.OutcomeUnknown, failure.RetryAfter, _calls, pipeline.Breaker.State));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("ok", await RunAsync(pipeline, _ => "ok"));
        Assert.Equal(BreakerState.RampUp, pipeline.Breaker.State);
    }

    [Fact]
    public async Task Execute_CallerGoesAway_IsACancellationAndNoFailure()
    {
        using var gone = new CancellationTokenSource();
        var pipeline = Pipeline(new AcquirerOptions { BreakAfter = 1 });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pipeline.ExecuteAsync<string>(
            async cancellationToken =>
            {
                await gone.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
                return "";
            },
            new AcquirerCall(),
            gone.Token));
        Assert.Equal(BreakerState.Closed, pipeline.Breaker.State);
    }

    private AcquirerPipeline Pipeline(AcquirerOptions? options = null, double random = 0.5) => new("northbank", options ?? new AcquirerOptions(), _time, () => random);

    private async Task<string> RunAsync(AcquirerPipeline pipeline, Func<int, string> answer, AcquirerCall? how = null)
    {
        var call = pipeline.ExecuteAsync(_ => ValueTask.FromResult(answer(++_calls)), how ?? new AcquirerCall(), CancellationToken.None);
        await DriveAsync(call, except: new AcquirerOptions().AttemptTimeout);
        return await call;
    }

    // Moves the clock to each timer that the pipeline waits for, and notes how long that was. An answer that comes at once is never timed out: its time-out
    // may be seen while the answer is on its way in another thread, and is left alone.
    private async Task DriveAsync(Task call, TimeSpan? except = null)
    {
        while (!call.IsCompleted)
        {
            if (_time.NextTimer is { } wait && wait != except)
            {
                _waits.Add(wait);
                _time.Advance(wait);
            }

            await Task.Yield();
        }
    }
}
