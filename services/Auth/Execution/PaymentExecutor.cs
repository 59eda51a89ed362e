using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace PayFlow.Auth.Execution;

/// <summary>
/// Runs payments: one run per payment in this process, one lease per payment among processes. Requests, the ingest topic and the sweep all come in here.
/// A run goes on when its client has stopped waiting.
/// </summary>
public sealed class PaymentExecutor(RunServices services, IOptions<ExecutorOptions> options) : IHostedService, IDisposable
{
    private readonly ConcurrentDictionary<Id, PaymentRun> runs = new();
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Whether more should be refused, before anything is written for it.</summary>
    public bool IsFull => runs.Count >= options.Value.MaxRunning || stopping.IsCancellationRequested;

    /// <summary>Hands a command to whoever runs the payment here, and starts a run when nobody does.</summary>
    public PaymentCommand Submit(Id payment, PaymentCommand command)
    {
        while (true)
        {
            var run = runs.GetOrAdd(payment, static (id, with) => new PaymentRun(id, with.services, with.Token), (services, stopping.Token));
            if (run.TryTake(command, out var isFirst))
            {
                if (isFirst)
                {
                    _ = RunAsync(run);
                }

                return command;
            }

            runs.TryRemove(new(payment, run));   // it ended between being found and being asked
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        services.Telemetry.Watch(() => runs.Count);
        return Task.CompletedTask;
    }

    /// <summary>Lets what runs finish for a moment. The rest is taken up by somebody else when its leases end.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.WhenAll(runs.Values.Select(run => run.Ended)).WaitAsync(options.Value.StopPatience, services.Time, cancellationToken);
        }
        catch (Exception impatient) when (impatient is TimeoutException or OperationCanceledException)
        {
            await stopping.CancelAsync();
        }
    }

    public void Dispose() => stopping.Dispose();

    private async Task RunAsync(PaymentRun run)
    {
        await Task.Yield();   // the caller has more to do than to run it
        await run.RunAsync();
        runs.TryRemove(new(run.PaymentId, run));
    }
}
