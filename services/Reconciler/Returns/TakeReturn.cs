using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Events;
using PayFlow.Reconciler.Notices;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Returns;

/// <summary>
/// Takes what acquirers tell of returned debits into the books: the return, and the event that tells of it, behind what was told of the same item before. Given the same notice again it
/// changes nothing.
/// </summary>
internal sealed class TakeReturn(Shards shards, OutboxSignal outbox)
{
    public const string ReturnedType = "debit_returned";

    public Task<NoticeOutcome> ApplyAsync(Notice notice, CancellationToken ct) => notice.ReadAsync<ReturnedNotice>(told => ApplyAsync(notice, told, ct));

    private async Task<NoticeOutcome> ApplyAsync(Notice notice, ReturnedNotice told, CancellationToken ct)
    {
        if (await NamedItemSql.FindAsync(shards, notice.Acquirer, told.Capture, ct) is not { } itemId)
        {
            return NoticeOutcome.UnknownCapture(told.Capture);
        }

        await using var transaction = await shards.BeginAsync(itemId.Slot, ct);
        if (await ReturnSql.LockAsync(transaction, itemId, ct) is not var (item, known, open))
        {
            return NoticeOutcome.UnknownCapture(told.Capture);
        }

        var decision = ReturnRules.Decide(item, known, told, notice.OccurredAt);
        if (decision.Return is { } returned)
        {
            var explained = open.Where(exception => ReturnRules.Explains(returned, exception.Kind)).Select(exception => exception.Id).ToList();
            var resolution = $"returned by the payer's bank ({returned.Reason})";
            var events = Events(item, returned, explained, resolution);
            await ReturnSql.WriteAsync(transaction, item, returned, events[^1].Sequence, explained, resolution, ct);
            await Outbox.AppendAsync(transaction, events, ct);
            CrashPoint.Hit("reconciler.return.written");
            await transaction.CommitAsync(ct);
            CrashPoint.Hit("reconciler.return.committed");
            outbox.Wake();
        }

        return decision.Outcome;
    }

    private static IReadOnlyList<OutboxEvent> Events(NamedItem item, BankReturn returned, IReadOnlyList<Id> explained, string resolution)
    {
        var sequence = item.Sequence;
        return
        [
            ReconciliationEvents.Of(item.Facts, item.ItemId, ++sequence, "payflow.reconciliation.debit_returned.v1", returned.ReturnedAt, told => told.DebitReturned = new DebitReturned
            {
                ReturnOperationId = returned.OperationId.ToString(),
                ItemId = item.ItemId.ToString(),
                PaymentId = item.PaymentId.ToString(),
                CaptureOperationId = item.CaptureId.ToString(),
                Amount = returned.Amount,
                Reason = returned.Reason,
                ExternalId = returned.ExternalId,
                DebitReference = returned.DebitReference ?? "",
            }),
            .. explained.Select(exception => ReconciliationEvents.Of(item.Facts, item.ItemId, ++sequence, "payflow.reconciliation.exception_resolved.v1", returned.ReturnedAt, told => told.ExceptionResolved = new ExceptionResolved
            {
                ExceptionId = exception.ToString(),
                Resolution = resolution,
            })),
        ];
    }
}
