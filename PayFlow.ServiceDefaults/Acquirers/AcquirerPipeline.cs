using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>How a call to an acquirer may be made.</summary>
public sealed record AcquirerCall
{
    /// <summary>
    /// Whether the acquirer promises that the same reference twice acts once. If it doesn't, a call whose outcome is unknown is not repeated; a call that
    /// certainly did not arrive still is.
    /// </summary>
    public bool Repeatable { get; init; } = true;
}

/// <summary>
/// The guard around calls to one acquirer: up to three retries at 1, 2 and 4 s with ±20 % jitter, only after a time-out or when unavailable; inside, a
/// breaker that counts every attempt; inside, a time-out for each attempt. An answer of the acquirer, a decline too, is no failure.
/// </summary>
public sealed class AcquirerPipeline
{
    private static readonly ResiliencePropertyKey<Progress> ProgressKey = new("payflow.progress");

    private readonly Breaker _breaker;
    private readonly TimeProvider _time;
    private readonly ResiliencePipeline _pipeline;

    internal AcquirerPipeline(string acquirer, AcquirerOptions options, TimeProvider time, Func<double> random)
    {
        Acquirer = acquirer;
        _time = time;
        _breaker = new Breaker(options);
        var builder = new ResiliencePipelineBuilder { Name = acquirer, TimeProvider = time };
        if (options.Retries > 0)
        {
            builder.AddRetry(Retry(options, random));
        }

        _pipeline = builder
            .AddStrategy(_ => new BreakerStrategy(_breaker, time, acquirer), new NoOptions())
            .AddTimeout(new TimeoutStrategyOptions { Timeout = options.AttemptTimeout })
            .Build();
    }

    public string Acquirer { get; }

    /// <summary>What the breaker does with calls now.</summary>
    public BreakerView Breaker => _breaker.View(_time.GetUtcNow());

    /// <summary>Calls the acquirer.</summary>
    /// <param name="call">
    /// One attempt. It throws <see cref="AcquirerFailedException"/>, or what HttpClient throws, when there is no answer; an answer that says "unavailable, not
    /// processed" is an <see cref="AcquirerFailedException"/> too.
    /// </param>
    /// <exception cref="AcquirerFailedException">
    /// No answer. The outcome is unknown as soon as that of any attempt is, whatever the later ones came to.
    /// </exception>
    public async Task<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> call, AcquirerCall how, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(how);
        var progress = new Progress(how.Repeatable);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(ProgressKey, progress);
            return await _pipeline.ExecuteAsync(async inner => await AttemptAsync(call, progress, inner.CancellationToken), context);
        }
        catch (Exception exception) when (exception is AcquirerBusyException || AcquirerFailure.IsFailure(exception))
        {
            var wait = (exception as AcquirerBusyException)?.Wait ?? (exception as AcquirerFailedException)?.RetryAfter;
            var unknown = progress.SawUnknown || AcquirerFailure.IsOutcomeUnknown(exception);
            throw new AcquirerFailedException(unknown ? $"{Acquirer} gave no answer; what it did is unknown." : $"{Acquirer} is unavailable; it did nothing.", unknown, exception) { RetryAfter = wait };
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private static async ValueTask<T> AttemptAsync<T>(Func<CancellationToken, ValueTask<T>> call, Progress progress, CancellationToken cancellationToken)
    {
        try
        {
            return await call(cancellationToken);
        }
        catch (Exception exception)
        {
            // Seen from here a time-out of the attempt is a cancellation: unknown like everything that isn't proof.
            progress.SawUnknown |= AcquirerFailure.IsOutcomeUnknown(exception);
            throw;
        }
    }

    private static RetryStrategyOptions Retry(AcquirerOptions options, Func<double> random) => new()
    {
        MaxRetryAttempts = options.Retries,
        ShouldHandle = arguments =>
        {
            var progress = arguments.Context.Properties.GetValue(ProgressKey, new Progress(Repeatable: false));
            return ValueTask.FromResult(
                arguments.Outcome.Exception is { } exception
                && AcquirerFailure.IsFailure(exception)
                && (progress.Repeatable || !progress.SawUnknown));
        },
        // Polly's own jitter is another one (decorrelated): this is ±20 % around 1, 2, 4 s.
        DelayGenerator = arguments =>
        {
            var delay = TimeSpan.FromTicks(Math.Min(options.RetryDelay.Ticks << arguments.AttemptNumber, options.MaxRetryDelay.Ticks));
            return ValueTask.FromResult<TimeSpan?>(delay * (1 + (options.Jitter * ((2 * random()) - 1))));
        },
    };

    private sealed record Progress(bool Repeatable)
    {
        public bool SawUnknown { get; set; }
    }

    private sealed class NoOptions : ResilienceStrategyOptions;
}
