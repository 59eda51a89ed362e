using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>Hands a sealed batch to its acquirer: prepared → submitted → accepted. Repeated after a crash, the acquirer knows it by its key and takes it once.</summary>
internal sealed class SubmitBatch(Shards shards, AcquirerFiles acquirers, OutboxSignal outbox, TimeProvider time, ILogger<SubmitBatch> log)
{
    /// <summary>True when the batch is accepted now, by this worker or by a faster one.</summary>
    /// <exception cref="AcquirerRefusedException">The acquirer will not take this file, however often it is sent.</exception>
    public async Task<bool> RunAsync(BatchRow batch, CancellationToken cancel)
    {
        var source = shards.For(batch.Id.Slot).Source;

        // The intent is written down before the acquirer hears of it. A crash in between submits again, under the same key.
        if (batch.State == "prepared" && !await BatchSql.MoveAsync(source, batch.Id, "prepared", "submitted", cancel))
        {
            return false;
        }

        CrashPoint.Hit("batch.submit.intended");
        await acquirers.SubmitAsync(batch.Acquirer, batch.Id, await BatchSql.FileAsync(source, batch.Id, cancel), cancel);
        CrashPoint.Hit("batch.submit.answered");
        await AcceptAsync(batch, await BatchSql.ItemsAsync(source, batch.Id, cancel), cancel);
        return true;
    }

    private async Task AcceptAsync(BatchRow batch, List<Items.ItemRow> items, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        await using var transaction = await shards.BeginAsync(batch.Id.Slot, cancel);
        var progress = await BatchSql.LockAsync(transaction, batch.Id, cancel);
        if (progress.State != "submitted")
        {
            return;   // another worker was faster
        }

        var telling = new SettlementEvents(batch, progress.Sequence, now);
        foreach (var item in items)
        {
            telling.Add(item);
        }

        await Outbox.AppendAsync(transaction, telling.Events, cancel);
        await BatchSql.SaveAsync(transaction, batch.Id, progress with { State = "accepted", Sequence = telling.Sequence }, null, cancel);
        CrashPoint.Hit("batch.accepted.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.accepted.committed");
        outbox.Wake();
        log.Accepted(batch.Id, batch.Acquirer);
    }
}
