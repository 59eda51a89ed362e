using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>
/// Takes open items into batches: by command all of them, by the clock those whose cutoff is past. A sealed batch never changes what it holds; an item that
/// arrives later goes into the next batch of its date.
/// </summary>
internal sealed class SealBatches(Shards shards, SettlementSignal signal, IOptions<BatchOptions> options, TimeProvider time, ILogger<SealBatches> log)
{
    /// <summary>Seals what is open, whatever the clock says; of one merchant or of all.</summary>
    public Task<List<Id>> ByCommandAsync(Id? merchant, CancellationToken cancel) => SealAsync(merchant?.Value, null, cancel);

    /// <summary>Seals what has been past its cutoff for <see cref="BatchOptions.SealAfter"/>.</summary>
    public Task<List<Id>> ByClockAsync(CancellationToken cancel) => SealAsync(null, time.GetUtcNow() - options.Value.SealAfter, cancel);

    private async Task<List<Id>> SealAsync(Guid? merchant, DateTimeOffset? cutoffBefore, CancellationToken cancel)
    {
        var batches = new List<Id>();
        var failures = new List<Exception>();
        foreach (var shard in shards.All)
        {
            foreach (var group in await BatchSql.OpenGroupsAsync(shard.Source, merchant, cutoffBefore, cancel))
            {
                try
                {
                    while (await SealGroupAsync(group, cutoffBefore, cancel) is { } batch)
                    {
                        batches.Add(batch);
                    }
                }
                catch (Exception failure) when (!cancel.IsCancellationRequested)
                {
                    log.NotSealed(failure, group.MerchantId, group.Acquirer, group.Currency, group.Date);
                    failures.Add(failure);   // the other groups are sealed all the same
                }
            }
        }

        if (batches.Count > 0)
        {
            signal.Wake();
        }

        return failures.Count == 0 ? batches : throw new AggregateException($"{failures.Count} groups of items could not be sealed.", failures);
    }

    private async Task<Id?> SealGroupAsync(BatchGroup group, DateTimeOffset? cutoffBefore, CancellationToken cancel)
    {
        var slot = new Slot(group.Slot);
        await using var transaction = await shards.BeginAsync(slot, cancel);
        var ordinal = await BatchSql.NextOrdinalAsync(transaction, group, cancel);
        var items = await BatchSql.LockOpenItemsAsync(transaction, group, cutoffBefore, options.Value.MaxItems, cancel);
        if (items.Count == 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var batch = Id.New(IdPrefix.Batch, slot, now);
        await BatchSql.SealAsync(transaction, batch, group, ordinal, items, SettlementFile.Write(items), now, cancel);
        CrashPoint.Hit("batch.seal.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.seal.committed");
        log.Sealed(batch, items.Count, items.Sum(item => item.Amount), group.Currency, group.Acquirer, group.Date);
        return batch;
    }
}
