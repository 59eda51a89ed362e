using System.Threading.Channels;
using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>
/// Seals by the clock and takes due batches further, one at a time. Several workers may run: a batch is claimed before it is touched, and every step is
/// idempotent anyway.
/// </summary>
internal sealed class SettlementWorker(
    Shards shards, SealBatches seal, SettleBatch settle, SettlementSignal signal, IOptions<BatchOptions> options, TimeProvider time, ILogger<SettlementWorker> log)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await seal.ByClockAsync(stoppingToken);
                await SettleDueAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.WorkerFailed(exception);
            }

            await signal.WaitAsync(options.Value.Tick, stoppingToken);
        }
    }

    private async Task SettleDueAsync(CancellationToken cancel)
    {
        foreach (var shard in shards.All)
        {
            while (await ClaimAsync(shard, cancel) is { } batch)
            {
                await StepAsync(shard, batch, cancel);
            }
        }
    }

    private Task<BatchRow?> ClaimAsync(Shard shard, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        return BatchSql.ClaimDueAsync(shard.Source, now, options.Value.Claim, now - options.Value.LateLines, cancel);
    }

    private async Task StepAsync(Shard shard, BatchRow batch, CancellationToken cancel)
    {
        try
        {
            using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            limited.CancelAfter(options.Value.Claim);
            var progressed = await settle.StepAsync(batch, limited.Token);
            await BatchSql.RescheduleAsync(shard.Source, batch.Id, Next(batch, progressed), null, progressed, cancel);
        }
        catch (Exception exception) when (exception is HttpRequestException or FormatException or OperationCanceledException or Polly.ExecutionRejectedException && !cancel.IsCancellationRequested)
        {
            var next = Next(batch, progressed: false);
            log.Waits(batch.Id, next, exception.Message);
            await BatchSql.RescheduleAsync(shard.Source, batch.Id, next, exception.Message, progressed: false, cancel);
        }
    }

    /// <summary>At once after a step, then after doubling pauses.</summary>
    private DateTimeOffset Next(BatchRow batch, bool progressed)
    {
        var pause = progressed ? TimeSpan.Zero : TimeSpan.FromMilliseconds(250) * Math.Pow(2, Math.Min(batch.Attempts - 1, 12));
        return time.GetUtcNow() + (pause < options.Value.MaxPause ? pause : options.Value.MaxPause);
    }
}

/// <summary>Wakes the worker of this process, so that a command need not wait for its tick.</summary>
internal sealed class SettlementSignal(TimeProvider time)
{
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>Returns when somebody woke it, or after the time at most.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancel)
    {
        var timeIsUp = Task.Delay(atMost, time, cancel);
        await Task.WhenAny(_wake.Reader.WaitToReadAsync(cancel).AsTask(), timeIsUp);
        _wake.Reader.TryRead(out _);
    }
}
