using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Events;
using PayFlow.Reconciler.Notices;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Disputes;

/// <summary>
/// Takes what acquirers tell of disputes into the books: the dispute, and the event that tells of it, behind what was told of the same item before. Given the same notice again it changes nothing.
/// </summary>
internal sealed class TakeDispute(Shards shards, OutboxSignal outbox, IOptions<NoticeOptions> options)
{
    public const string OpenedType = "dispute_opened";
    public const string ClosedType = "dispute_closed";

    public Task<NoticeOutcome> OpenAsync(Notice notice, CancellationToken ct) => notice.ReadAsync<OpenedNotice>(told =>
        ApplyAsync(notice, told.Capture, told.Dispute, (item, known) => DisputeRules.Open(item, known, told, notice.OccurredAt), ct));

    public Task<NoticeOutcome> CloseAsync(Notice notice, CancellationToken ct) => notice.ReadAsync<ClosedNotice>(told => ApplyAsync(
        notice, told.Capture, told.Dispute,
        (item, known) => DisputeRules.Close(item, known, told, DisputeRules.LostFee(options.Value.ChargebackFee, item.Facts.Currency), notice.OccurredAt), ct));

    private async Task<NoticeOutcome> ApplyAsync(
        Notice notice, string captureId, string disputeId, Func<NamedItem, Dispute?, DisputeDecision> decide, CancellationToken ct)
    {
        if (await NamedItemSql.FindAsync(shards, notice.Acquirer, captureId, ct) is not { } item)
        {
            return NoticeOutcome.UnknownCapture(captureId);
        }

        await using var transaction = await shards.BeginAsync(item.Slot, ct);
        if (await DisputeSql.LockAsync(transaction, item, notice.Acquirer, disputeId, ct) is not var (locked, known))
        {
            return NoticeOutcome.UnknownCapture(captureId);
        }

        var decision = decide(locked, known);
        if (decision.Dispute is { } dispute)
        {
            var told = Event(locked, dispute, notice.OccurredAt);
            await DisputeSql.WriteAsync(transaction, locked, dispute, told.Sequence, ct);
            await Outbox.AppendAsync(transaction, [told], ct);
            CrashPoint.Hit("reconciler.dispute.written");
            await transaction.CommitAsync(ct);
            CrashPoint.Hit("reconciler.dispute.committed");
            outbox.Wake();
        }

        return decision.Outcome;
    }

    private static OutboxEvent Event(NamedItem item, Dispute dispute, DateTimeOffset at) => dispute.State == DisputeState.Open
        ? ReconciliationEvents.Of(
            item.Facts, item.ItemId, item.Sequence + 1, "payflow.reconciliation.dispute_opened.v1", at, told => told.DisputeOpened = Opened(item, dispute))
        : ReconciliationEvents.Of(
            item.Facts, item.ItemId, item.Sequence + 1, "payflow.reconciliation.dispute_closed.v1", at, told => told.DisputeClosed = Closed(item, dispute));

    private static DisputeOpened Opened(NamedItem item, Dispute dispute) => new()
    {
        DisputeId = dispute.Id.ToString(),
        ItemId = item.ItemId.ToString(),
        PaymentId = item.PaymentId.ToString(),
        CaptureOperationId = item.CaptureId.ToString(),
        Amount = dispute.Amount,
        Reason = dispute.Reason,
        RespondBy = Timestamp.FromDateTimeOffset(dispute.RespondBy),
        ExternalDisputeId = dispute.ExternalId,
        DebitReference = dispute.DebitReference,
    };

    private static DisputeClosed Closed(NamedItem item, Dispute dispute) => new()
    {
        DisputeId = dispute.Id.ToString(),
        ItemId = item.ItemId.ToString(),
        PaymentId = item.PaymentId.ToString(),
        CaptureOperationId = item.CaptureId.ToString(),
        Amount = dispute.Amount,
        Outcome = dispute.State == DisputeState.Won ? DisputeOutcome.Won : DisputeOutcome.Lost,
        Fee = dispute.Fee,
        ExternalDisputeId = dispute.ExternalId,
        CreditReference = dispute.CreditReference ?? "",
    };
}
