using Google.Protobuf.WellKnownTypes;
using PayFlow.Batch.Items;
using PayFlow.Batch.Reports;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>
/// One step of a batch's way: prepared → submitted → accepted → (partially) settled. Each step can be repeated: the acquirer knows the batch by its key,
/// lines are kept by number, and only what is new is told.
/// </summary>
internal sealed class SettleBatch(Shards shards, AcquirerFiles acquirers, OutboxSignal outbox, TimeProvider time, ILogger<SettleBatch> log)
{
    /// <summary>Takes the batch one step further; false when there is nothing new yet.</summary>
    public async Task<bool> StepAsync(BatchRow batch, CancellationToken cancel)
    {
        var shard = shards.For(batch.Id.Slot);
        return batch.State switch
        {
            "prepared" or "submitted" => await SubmitAsync(shard, batch, cancel),
            _ => await ReadReportAsync(shard, batch, cancel),
        };
    }

    private async Task<bool> SubmitAsync(Shard shard, BatchRow batch, CancellationToken cancel)
    {
        // The intent is written down before the acquirer hears of it. A crash in between submits again, under the same key.
        if (batch.State == "prepared" && !await BatchSql.MoveAsync(shard.Source, batch.Id, "prepared", "submitted", cancel))
        {
            return false;
        }

        CrashPoint.Hit("batch.submit.intended");
        await acquirers.SubmitAsync(batch.Acquirer, batch.Id, await BatchSql.FileAsync(shard.Source, batch.Id, cancel), cancel);
        CrashPoint.Hit("batch.submit.answered");
        var items = await BatchSql.ItemsAsync(shard.Source, batch.Id, cancel);
        await using var transaction = await shards.BeginAsync(batch.Id.Slot, cancel);
        var progress = await BatchSql.LockAsync(transaction, batch.Id, cancel);
        if (progress.State != "submitted")
        {
            return true;   // another worker was faster
        }

        var events = items.Select((item, index) => Event(batch, progress.Sequence + 1 + index, submitted: item)).ToList();
        await Outbox.AppendAsync(transaction, events, cancel);
        await BatchSql.SaveAsync(transaction, batch.Id, "accepted", progress.Sequence + events.Count, 0, 0, 0, null, cancel);
        CrashPoint.Hit("batch.accepted.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.accepted.committed");
        outbox.Wake();
        log.Accepted(batch.Id, batch.Acquirer);
        return true;
    }

    private async Task<bool> ReadReportAsync(Shard shard, BatchRow batch, CancellationToken cancel)
    {
        if (await acquirers.ReportAsync(batch.Acquirer, batch.Id, batch.Currency.Code, cancel) is not { } report)
        {
            return false;
        }

        CrashPoint.Hit("batch.report.read");
        var now = time.GetUtcNow();
        var items = await BatchSql.ItemsAsync(shard.Source, batch.Id, cancel);
        await using var transaction = await shards.BeginAsync(batch.Id.Slot, cancel);
        var progress = await BatchSql.LockAsync(transaction, batch.Id, cancel);
        var added = await BatchSql.InsertLinesAsync(transaction, batch.Id, report.Lines, now, cancel);
        var completes = report.IsComplete && (!progress.Completed || report.Gross != progress.Gross || report.Charge != progress.Charge);
        if (added.Count == 0 && !completes)
        {
            return false;
        }

        var events = report.Lines.Where(line => added.Contains(line.Number)).Select((line, index) => Event(batch, progress.Sequence + 1 + index, line: line)).ToList();
        if (completes)
        {
            events.Add(Event(batch, progress.Sequence + 1 + events.Count, completed: new ReportCompleted
            {
                Lines = added.Count,
                Gross = report.Gross - progress.Gross,
                Charge = report.Charge - progress.Charge,
                DepositReference = report.DepositReference,
                Ordinal = progress.Deposits + 1,
            }));
        }

        var states = ItemStates(items, report);
        var state = ReportRules.Batch([.. states.Select(item => item.State)], report.IsComplete);
        await BatchSql.SaveItemsAsync(transaction, states, cancel);
        await BatchSql.SaveAsync(
            transaction, batch.Id, state, progress.Sequence + events.Count, completes ? progress.Deposits + 1 : progress.Deposits,
            completes ? report.Gross : progress.Gross, completes ? report.Charge : progress.Charge, report.IsComplete ? now : null, cancel);
        await Outbox.AppendAsync(transaction, events, cancel);
        CrashPoint.Hit("batch.report.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.report.committed");
        outbox.Wake();
        log.Reported(batch.Id, state, added.Count, completes ? report.Gross - progress.Gross : 0);
        return true;
    }

    private static List<(Id Id, string State, long Settled)> ItemStates(List<ItemRow> items, SettlementReport report)
    {
        var byReference = report.Lines.ToLookup(line => line.ItemReference);
        var byExternalId = report.Lines.Where(line => line.ItemReference.Length == 0).ToLookup(line => line.ExternalId);
        return
        [
            .. items.Select(item =>
            {
                var (state, settled) = ReportRules.Item(item.Amount, [.. byReference[item.Id.ToString()], .. byExternalId[item.ExternalId]], report.IsComplete);
                return (item.Id, state, settled);
            }),
        ];
    }

    private OutboxEvent Event(BatchRow batch, long sequence, ItemRow? submitted = null, Reports.ReportLine? line = null, ReportCompleted? completed = null)
    {
        var now = time.GetUtcNow();
        var settlement = new SettlementEvent
        {
            BatchId = batch.Id.ToString(),
            MerchantId = batch.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)batch.Mode,
            Acquirer = batch.Acquirer,
            Currency = batch.Currency.Code,
            Date = batch.Date.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            OccurredAt = Timestamp.FromDateTimeOffset(now),
        };
        if (submitted is not null)
        {
            settlement.ItemSubmitted = new ItemSubmitted
            {
                ItemId = submitted.Id.ToString(), PaymentId = submitted.PaymentId.ToString(), CaptureOperationId = submitted.CaptureId.ToString(),
                ExternalId = submitted.ExternalId, Amount = submitted.Amount, Fee = submitted.Fee, CapturedAt = Timestamp.FromDateTimeOffset(submitted.CapturedAt),
            };
        }
        else if (line is not null)
        {
            settlement.ReportLine = new Contracts.Events.V1.ReportLine
            {
                LineNumber = line.Number, ItemReference = line.ItemReference, ExternalId = line.ExternalId, Amount = line.Amount,
                Status = line.IsSettled ? ReportLineStatus.Settled : ReportLineStatus.Rejected, Raw = line.Raw,
            };
        }
        else
        {
            settlement.ReportCompleted = completed;
        }

        var type = settlement.DetailCase switch
        {
            SettlementEvent.DetailOneofCase.ItemSubmitted => "payflow.settlement.item_submitted.v1",
            SettlementEvent.DetailOneofCase.ReportLine => "payflow.settlement.report_line.v1",
            _ => "payflow.settlement.report_completed.v1",
        };
        return new OutboxEvent(Topics.SettlementResults, type, batch.Id, sequence, settlement, now);
    }
}
