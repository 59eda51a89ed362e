using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Options;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Notices;
using PayFlow.ServiceDefaults.Json;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Disputes;

/// <summary>
/// Takes what acquirers tell of disputes into the books: the dispute, and the event that tells of it, behind what was told of the same item before. Given the same notice again it changes nothing.
/// </summary>
internal sealed class TakeDispute(Shards shards, OutboxSignal outbox, IOptions<NoticeOptions> options)
{
    public const string OpenedType = "dispute_opened";
    public const string ClosedType = "dispute_closed";

    public Task<NoticeOutcome> OpenAsync(Notice notice, CancellationToken ct) => ReadAsync<OpenedNotice>(notice, told =>
        ApplyAsync(notice, told.Capture, told.Dispute, (item, known) => DisputeRules.Open(item, known, told, notice.OccurredAt), ct));

    public Task<NoticeOutcome> CloseAsync(Notice notice, CancellationToken ct) => ReadAsync<ClosedNotice>(notice, told => ApplyAsync(
        notice, told.Capture, told.Dispute,
        (item, known) => DisputeRules.Close(item, known, told, DisputeRules.LostFee(options.Value.ChargebackFee, item.Facts.Currency), notice.OccurredAt), ct));

    private static async Task<NoticeOutcome> ReadAsync<T>(Notice notice, Func<T, Task<NoticeOutcome>> apply) where T : class
    {
        T? told;
        try
        {
            told = JsonSerializer.Deserialize<T>(notice.DataJson, ApiJson.Options);
        }
        catch (JsonException malformed)
        {
            return NoticeOutcome.Refused($"It can't be read: {malformed.Message}");
        }

        return told is null ? NoticeOutcome.Refused("It says nothing.") : await apply(told);
    }

    private async Task<NoticeOutcome> ApplyAsync(
        Notice notice, string captureId, string disputeId, Func<DisputedItem, Dispute?, DisputeDecision> decide, CancellationToken ct)
    {
        if (await NamedItemSql.FindAsync(shards, notice.Acquirer, captureId, ct) is not { } item)
        {
            return Unknown(captureId);
        }

        await using var transaction = await shards.BeginAsync(item.Slot, ct);
        if (await DisputeSql.LockAsync(transaction, item, notice.Acquirer, disputeId, ct) is not var (locked, known))
        {
            return Unknown(captureId);
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

    private static NoticeOutcome Unknown(string captureId) => NoticeOutcome.Waits($"The capture '{captureId}' is not known here.");

    private static OutboxEvent Event(DisputedItem item, Dispute dispute, DateTimeOffset at)
    {
        var facts = item.Facts;
        var told = new ReconciliationEvent
        {
            BatchId = facts.BatchId.ToString(),
            MerchantId = facts.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)facts.Mode,
            Acquirer = facts.Acquirer,
            Currency = facts.Currency.Code,
            OccurredAt = Timestamp.FromDateTimeOffset(at),
        };
        if (dispute.State == DisputeState.Open)
        {
            told.DisputeOpened = Opened(item, dispute);
            return new OutboxEvent(Topics.ReconciliationEvents, "payflow.reconciliation.dispute_opened.v1", item.ItemId, item.Sequence + 1, told, at);
        }

        told.DisputeClosed = Closed(item, dispute);
        return new OutboxEvent(Topics.ReconciliationEvents, "payflow.reconciliation.dispute_closed.v1", item.ItemId, item.Sequence + 1, told, at);
    }

    private static DisputeOpened Opened(DisputedItem item, Dispute dispute) => new()
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

    private static DisputeClosed Closed(DisputedItem item, Dispute dispute) => new()
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
