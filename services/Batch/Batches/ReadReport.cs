using PayFlow.Batch.Reports;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>
/// Reads an acquirer's report and keeps and tells what is new in it. Until it is complete, and for late lines after that, it is read again and again;
/// a report that takes back what it said is not used.
/// </summary>
internal sealed class ReadReport(Shards shards, AcquirerFiles acquirers, OutboxSignal outbox, TimeProvider time, ILogger<ReadReport> log)
{
    /// <summary>False when there is nothing new.</summary>
    /// <exception cref="FormatException">It is no report, was cut, or contradicts what was read before. Nothing of it was used.</exception>
    public async Task<bool> RunAsync(BatchRow batch, CancellationToken cancel)
    {
        if (await acquirers.ReportAsync(batch.Acquirer, batch.Id, batch.Currency.Code, cancel) is not { } report)
        {
            return false;
        }

        var now = time.GetUtcNow();
        await using var transaction = await shards.BeginAsync(batch.Id.Slot, cancel);
        var progress = await BatchSql.LockAsync(transaction, batch.Id, cancel);
        if (ReportRules.IsTold(progress, report))
        {
            return false;
        }

        CrashPoint.Hit("batch.report.read");
        var added = await BatchSql.InsertLinesAsync(transaction, batch.Id, report.Lines, now, cancel);
        if (await BatchSql.ContradictedLineAsync(transaction, batch.Id, report.Lines, cancel) is { } line)
        {
            throw new FormatException($"The report no longer says what it said in line {line}.");
        }

        var deposit = ReportRules.Deposit(progress, report);
        if (added.Count == 0 && deposit is null)
        {
            return false;
        }

        var telling = new SettlementEvents(batch, progress.Sequence, now);
        foreach (var fresh in report.Lines.Where(line => added.Contains(line.Number)))
        {
            telling.Add(fresh);
        }

        if (deposit is not null)
        {
            telling.Add(deposit);
        }

        var found = ReportRules.Items(await BatchSql.ItemsAsync(shards.For(batch.Id.Slot).Source, batch.Id, cancel), report);
        await BatchSql.SaveItemsAsync(transaction, found, cancel);
        var then = ReportRules.After(progress, report, deposit, found) with { Sequence = telling.Sequence };
        await BatchSql.SaveAsync(transaction, batch.Id, then, report.IsComplete ? now : null, cancel);
        await Outbox.AppendAsync(transaction, telling.Events, cancel);
        CrashPoint.Hit("batch.report.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.report.committed");
        outbox.Wake();
        log.Reported(batch.Id, then.State, added.Count, deposit?.Gross ?? 0);
        return true;
    }
}
