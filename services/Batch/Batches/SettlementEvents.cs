using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Batch.Items;
using PayFlow.Batch.Reports;
using PayFlow.Contracts.Events.V1;
using PayFlow.Messaging;
using ReportLine = PayFlow.Batch.Reports.ReportLine;

namespace PayFlow.Batch.Batches;

/// <summary>What a batch tells in one step, numbered on from its last event.</summary>
/// <param name="batch">Whose events they are.</param>
/// <param name="after">Sequence of the batch's last event.</param>
/// <param name="now">UTC.</param>
internal sealed class SettlementEvents(BatchRow batch, long after, DateTimeOffset now)
{
    private readonly List<OutboxEvent> _events = [];

    public IReadOnlyCollection<OutboxEvent> Events => _events;

    /// <summary>Sequence of the last of them.</summary>
    public long Sequence => after + _events.Count;

    public void Add(ItemRow item) => Add("payflow.settlement.item_submitted.v1", told => told.ItemSubmitted = new ItemSubmitted
    {
        ItemId = item.Id.ToString(),
        PaymentId = item.PaymentId.ToString(),
        OperationId = item.OperationId.ToString(),
        ExternalId = item.ExternalId,
        Amount = item.Amount,
        Fee = item.Fee,
        OccurredAt = Timestamp.FromDateTimeOffset(item.OccurredAt),
        Kind = item.Kind == Items.ItemKind.Refund ? Contracts.Events.V1.ItemKind.Refund : Contracts.Events.V1.ItemKind.Capture,
    });

    public void Add(ReportLine line) => Add("payflow.settlement.report_line.v1", told => told.ReportLine = new Contracts.Events.V1.ReportLine
    {
        LineNumber = line.Number,
        ItemReference = line.ItemReference,
        ExternalId = line.ExternalId,
        Amount = line.Amount,
        Status = line.IsSettled ? ReportLineStatus.Settled : ReportLineStatus.Rejected,
        Raw = line.Raw,
    });

    public void Add(Deposit deposit) => Add("payflow.settlement.report_completed.v1", told => told.ReportCompleted = new ReportCompleted
    {
        Lines = deposit.Lines,
        Gross = deposit.Gross,
        Charge = deposit.Charge,
        DepositReference = deposit.Reference,
        Ordinal = deposit.Ordinal,
    });

    private void Add(string type, Action<SettlementEvent> detail)
    {
        var told = new SettlementEvent
        {
            BatchId = batch.Id.ToString(),
            MerchantId = batch.MerchantId.ToString(),
            Mode = (Contracts.Common.V1.Mode)batch.Mode,
            Acquirer = batch.Acquirer,
            Currency = batch.Currency.Code,
            Date = batch.Date.ToString("O", CultureInfo.InvariantCulture),
            OccurredAt = Timestamp.FromDateTimeOffset(now),
        };
        detail(told);
        _events.Add(new OutboxEvent(Topics.SettlementResults, type, batch.Id, Sequence + 1, told, now));
    }
}
