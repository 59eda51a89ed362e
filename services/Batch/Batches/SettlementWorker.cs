using Microsoft.Extensions.Options;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>
/// Seals by the clock, and takes due batches further, several at a time, so that an acquirer that hangs doesn't keep the others waiting. Several processes
/// may run: a batch is claimed before it is touched, and every step is idempotent anyway.
/// </summary>
internal sealed class SettlementWorker(
    Shards shards, SealBatches seal, SubmitBatch submit, ReadReport read, SettlementSignal signal, IOptions<BatchOptions> options, TimeProvider time, ILogger<SettlementWorker> log)
    : BackgroundService
{
    // A double of more would overflow a TimeSpan long after any pause is bounded by MaxPause.
    private const int MaxDoublings = 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll([RepeatAsync(seal.ByClockAsync, stoppingToken), .. Enumerable.Range(0, options.Value.Parallel).Select(_ => RepeatAsync(SettleDueAsync, stoppingToken))]);

    /// <summary>Takes every batch that is due one step further; a step that leads on makes it due again.</summary>
    public async Task SettleDueAsync(CancellationToken cancel)
    {
        foreach (var shard in shards.All)
        {
            while (await ClaimAsync(shard, cancel) is { } batch)
            {
                await StepAsync(shard, batch, cancel);
            }
        }
    }

    private async Task RepeatAsync(Func<CancellationToken, Task> work, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var woken = signal.Next;
            try
            {
                await work(stop);
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                log.WorkerFailed(exception);
            }

            await woken.WaitAsync(options.Value.Tick, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<BatchRow?> ClaimAsync(Shard shard, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var claimed = await BatchSql.ClaimDueAsync(shard.Source, now, options.Value.Claim, cancel);
        if (claimed is { CompletedAt: null })   // questions for late lines come all the time, and tear nothing
        {
            CrashPoint.Hit("batch.claim.committed");
        }

        return claimed;
    }

    private async Task StepAsync(Shard shard, BatchRow batch, CancellationToken cancel)
    {
        try
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limited.CancelAfter(options.Value.Claim);
            var progressed = batch.State is "prepared" or "submitted" ? await submit.RunAsync(batch, limited.Token) : await read.RunAsync(batch, limited.Token);
            await BatchSql.RescheduleAsync(shard.Source, batch, progressed ? time.GetUtcNow() : IsClosed(batch) ? null : Later(batch), null, progressed, cancel);
        }
        catch (AcquirerRefusedException refusal)
        {
            log.Failed(batch.Id, refusal.Message);
            await BatchSql.FailAsync(shard.Source, batch, refusal.Message, cancel);
        }
        catch (Exception exception) when (!cancel.IsCancellationRequested)
        {
            // Whatever it is, it is this batch's: the others go on, and this one is tried again.
            var next = Later(batch, (exception as AcquirerFailedException)?.RetryAfter);
            var problem = exception is OperationCanceledException ? $"It took longer than a claim lasts ({options.Value.Claim})." : exception.Message;
            if (exception is AcquirerFailedException or FormatException or OperationCanceledException)
            {
                log.Waits(batch.Id, next, problem);
            }
            else
            {
                log.WaitsUnexpectedly(exception, batch.Id, next);
            }

            await BatchSql.RescheduleAsync(shard.Source, batch, next, problem, progressed: false, cancel);
        }
    }

    /// <summary>Nothing new came for so long that nothing more is asked for.</summary>
    private bool IsClosed(BatchRow batch) => time.GetUtcNow() - batch.CompletedAt >= options.Value.LateLines;

    /// <summary>After doubling pauses, and not before the acquirer takes calls again.</summary>
    private DateTimeOffset Later(BatchRow batch, TimeSpan? notBefore = null)
    {
        var doubled = FirstPause * Math.Pow(2, Math.Min(batch.Attempts - 1, MaxDoublings));
        var pause = doubled < options.Value.MaxPause ? doubled : options.Value.MaxPause;
        return time.GetUtcNow() + (notBefore > pause ? notBefore.Value : pause);
    }
}
