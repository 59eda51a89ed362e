using Microsoft.Extensions.Options;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Vault;
using PayFlow.Storage;

namespace PayFlow.Auth.Execution;

/// <summary>
/// Takes up what was left lying: payments whose lease ended with their process, outcomes that are still open, requests that were accepted and never begun. Also deletes
/// security codes whose minutes are over. One process sweeps a shard at a time; two at once would do no harm.
/// </summary>
public sealed partial class Sweep(Shards shards, PaymentExecutor executor, IOptions<SweepOptions> options, TimeProvider time, ILogger<Sweep> logger) : BackgroundService
{
    // "payflow.auth.sweep" in hexadecimal of ASCII would be too long for a key of 64 bits: these are the first eight letters of "sweep/auth".
    private const long Turn = 0x73776565702F6175;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ShardRounds.RunAsync(shards, options.Value.Interval, time, SweepAsync, LogFailed, stoppingToken);

    /// <summary>Sweeps a shard once; does nothing when another process is at it.</summary>
    /// <returns>How many payments were taken up.</returns>
    internal async Task<int> SweepAsync(Shard shard, CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(shard.Source, Turn, ct);
        if (turn is null)
        {
            return 0;
        }

        var now = time.GetUtcNow();
        var max = options.Value.MaxPerRound;
        await TokenSql.ForgetOverdueCvcsAsync(shard.Source, now, max, ct);
        var due = await PaymentReadSql.FindDueAsync(shard.Source, now, max, ct);
        var neverRun = await KeySql.FindNeverRunAsync(shard.Source, now - options.Value.IntakeAge, max, ct);
        if (due.Count + neverRun.Count > 0)
        {
            LogTakingUp(due.Count, neverRun.Count, shard.Number);
        }

        // Not awaited: one that hangs at its acquirer must not hold the others up. The executor runs each once, however often it is found.
        foreach (var payment in due.Concat(neverRun).TakeWhile(_ => !executor.IsFull))
        {
            executor.Submit(payment, PaymentCommand.CarryOn());
        }

        return due.Count + neverRun.Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Taking up {Due} payments that are due and {NeverRun} that were accepted and never begun, on shard {Shard}")]
    private partial void LogTakingUp(int due, int neverRun, int shard);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sweep of shard {Shard} failed; the next one comes soon")]
    private partial void LogFailed(Exception failure, int shard);
}
