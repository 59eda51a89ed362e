using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Periods;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>
/// Writes the oldest month to files and takes it out of the tables. First its ids are refused, so that nothing comes to it any more; then it is written; then, in one transaction, what of
/// every account is in it is written down, is proved to make the counters with what is left, and the month is detached. Who is cut off does it again.
/// </summary>
internal sealed class ArchiveMonth(Shards shards, ArchiveFiles files, IOptions<LedgerOptions> options, TimeProvider time)
{
    // "ledgarch" in ASCII.
    private const long Turn = 0x6C65646761726368;

    private const int MaxTries = 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <returns>The manifests, one for each shard.</returns>
    public async Task<Result<IReadOnlyList<Manifest>>> HandleAsync(Period month, CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(shards.All[0].Source, Turn, ct);
        if (turn is null)
        {
            return new Refusal(RefusalKind.Unavailable, "being_archived", "A month is being archived right now. Ask again in a moment.") { RetryAfter = TimeSpan.FromSeconds(5) };
        }

        var manifests = new List<Manifest>();
        foreach (var shard in shards.All)
        {
            if (await ArchiveSql.FindAsync(shard, month, ct) is { } known)
            {
                manifests.Add(Manifest.Read(known));
                continue;
            }

            if (await CutAsync(shard, month, ct) is { } refusal)
            {
                return refusal;
            }

            var manifest = await WriteAsync(shard, month, ct);
            CrashPoint.Hit("ledger.archive.written");
            if (await DetachAsync(shard, month, manifest, ct) is { } wrong)
            {
                return wrong;
            }

            CrashPoint.Hit("ledger.archive.detached");
            manifests.Add(manifest);
        }

        return manifests;
    }

    /// <summary>Refuses the month's ids from now on; takes them again when it can't be archived after all.</summary>
    private async Task<Refusal?> CutAsync(Shard shard, Period month, CancellationToken ct)
    {
        var oldest = await PartitionSql.OldestAsync(shard, ct);
        if (!await PartitionSql.IsAttachedAsync(shard, month, ct) || (oldest != month && oldest != month.Next) || await PartitionSql.IsAttachedAsync(shard, month.Previous, ct))
        {
            return new Refusal(RefusalKind.Conflict, "month_out_of_order", $"{month} is not the oldest month of shard {shard.Number}. Months are archived in their order.");
        }

        // Looked at before, so that hardly ever ids are refused for nothing; and after, when nothing can come any more.
        for (var isCut = false; ; isCut = true)
        {
            if (await ArchiveSql.RefuseAsync(shard, month, options.Value.PeriodSeconds, ct) is { } reason)
            {
                await PartitionSql.KeepFromAsync(shard, month, ct);
                return new Refusal(RefusalKind.Conflict, "month_in_use", $"{month} can't be archived in shard {shard.Number}: {reason}.");
            }

            if (isCut)
            {
                return null;
            }

            if (!await PartitionSql.KeepFromAsync(shard, month.Next, ct))
            {
                return new Refusal(RefusalKind.Conflict, "month_in_use", $"{month} can't be archived in shard {shard.Number}: the month after it has no partition.");
            }
        }
    }

    private async Task<Manifest> WriteAsync(Shard shard, Period month, CancellationToken ct)
    {
        var (transferFile, transfers) = await files.WriteAsync(shard, ArchiveFiles.NameOf(shard.Number, month, "csv.gz"), ArchiveSql.CopyTransfers(month), ct);
        var (blockFile, blocks) = await files.WriteAsync(shard, ArchiveFiles.NameOf(shard.Number, month, "blocks.csv.gz"), ArchiveSql.CopyBlocks(month), ct);
        var (counted, first, last, amounts) = await ArchiveSql.SumAsync(shard, month, options.Value.PeriodSeconds, ct);
        if (counted != blocks || amounts.Sum(amount => amount.Transfers) != transfers)
        {
            throw new InvalidOperationException($"{month} of shard {shard.Number} changed while it was written: {transfers} transfers and {blocks} blocks in the files are others in the tables.");
        }

        var manifest = new Manifest(Manifest.CurrentFormat, shard.Number, month.ToString(), transfers, blocks, first, last, amounts, transferFile, blockFile);
        await files.WriteManifestAsync(manifest, month, ct);
        return manifest;
    }

    private async Task<Refusal?> DetachAsync(Shard shard, Period month, Manifest manifest, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            await using var transaction = await shard.BeginAsync(ct);
            await ArchiveSql.AddAsync(transaction, month, manifest, time.GetUtcNow(), options.Value.PeriodSeconds, ct);
            if (await ArchiveSql.DisproveAsync(transaction, month, options.Value.PeriodSeconds, ct) is { Count: > 0 } differences)
            {
                return new Refusal(RefusalKind.Conflict, "books_differ", $"What would be left of shard {shard.Number} doesn't make what these accounts say: {string.Join("; ", differences)}");
            }

            try
            {
                await PartitionSql.DetachAsync(transaction, month, ct);
                await transaction.CommitAsync(ct);
                return null;
            }
            catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                if (tries == MaxTries)
                {
                    return new Refusal(RefusalKind.Unavailable, "books_busy", $"Somebody reads the transfers of shard {shard.Number} all the time. Ask again later.") { RetryAfter = TimeSpan.FromMinutes(1) };
                }
            }

            await Task.Delay(Pause, time, ct);
        }
    }
}
