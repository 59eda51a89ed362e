using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// Releases pending transfers that have expired. Each is voided by a transfer whose id follows from it, so whoever sweeps, and however often, it is released once;
/// one that was posted or voided before is left as it is.
/// </summary>
internal sealed partial class ExpirySweep(Shards shards, CreateTransfers create, IOptions<LedgerOptions> options, TimeProvider time, ILogger<ExpirySweep> logger) : BackgroundService
{
    private const long Turn = 0x7066_6c65_7870;   // "pflexp": names this work in every shard

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ShardRounds.RunAsync(shards, options.Value.ExpirySweepEvery, time, SweepAsync, LogFailed, stoppingToken);

    private async Task SweepAsync(Shard shard, CancellationToken ct)
    {
        if ((await ExpirySql.DueAsync(shard, time.GetUtcNow(), 1, ct)).Count == 0)
        {
            return;
        }

        await using var turn = await TurnSql.TryTakeAsync(shard.Source, Turn, ct);
        while (turn is not null && await ExpirySql.DueAsync(shard, time.GetUtcNow(), options.Value.PageSize, ct) is { Count: > 0 } due)
        {
            var results = await create.HandleAsync(due.ConvertAll(Release), ct);
            CrashPoint.Hit("ledger.expired.voided");
            var ended = due.Zip(results).Where(pair => HasEnded(pair.Second)).Select(pair => pair.First).ToList();
            await ExpirySql.SetSweptAsync(shard, ended, ct);
            LogSwept(shard.Number, results.Count(result => result == TransferRefusal.Created));
            if (ended.Count < due.Count)
            {
                var (pending, refusal) = due.Zip(results).First(pair => !HasEnded(pair.Second));
                LogLeft(pending, refusal.Code());
                return;   // they are due the next time as well, and must not keep the loop running
            }
        }
    }

    private static NewTransfer Release(Id pending) => new()
    {
        Id = pending.Derive(IdPrefix.Transfer, "expired"),
        Kind = TransferKind.VoidPending,
        PendingId = pending,
        Type = TransferType.Release,
    };

    private static bool HasEnded(TransferRefusal result) =>
        result.IsInTheBooks() || result is TransferRefusal.PendingAlreadyPosted or TransferRefusal.PendingAlreadyVoided;

    [LoggerMessage(Level = LogLevel.Information, Message = "Shard {Shard}: {Count} pending transfers have expired and are released")]
    private partial void LogSwept(int shard, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Pending} has expired and can't be released: {Refusal}")]
    private partial void LogLeft(Id pending, string refusal);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard}: what expired was not swept; the next time comes")]
    private partial void LogFailed(Exception failure, int shard);
}
