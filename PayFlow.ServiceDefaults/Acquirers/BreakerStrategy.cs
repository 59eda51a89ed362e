using Polly;

namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>Puts a <see cref="Breaker"/> into a Polly pipeline.</summary>
internal sealed class BreakerStrategy(Breaker breaker, TimeProvider time, string acquirer) : ResilienceStrategy
{
    protected override async ValueTask<Outcome<TResult>> ExecuteCore<TResult, TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<TResult>>> callback, ResilienceContext context, TState state)
    {
        var (pass, wait) = breaker.TryEnter(time.GetUtcNow());
        if (pass is not { } entered)
        {
            return Outcome.FromException<TResult>(new AcquirerBusyException(acquirer, wait));
        }

        var outcome = await callback(context, state).ConfigureAwait(context.ContinueOnCapturedContext);
        if (outcome.Exception is null)
        {
            breaker.Report(entered, succeeded: true, time.GetUtcNow());
        }
        else if (AcquirerFailure.IsFailure(outcome.Exception))
        {
            breaker.Report(entered, succeeded: false, time.GetUtcNow());
        }
        else
        {
            breaker.Withdraw(entered, time.GetUtcNow());
        }

        return outcome;
    }
}

/// <summary>The breaker let no call through: certainly nothing happened.</summary>
internal sealed class AcquirerBusyException(string acquirer, TimeSpan wait) : Exception($"{acquirer} takes no calls at the moment: it failed too often.")
{
    public TimeSpan Wait { get; } = wait;
}
