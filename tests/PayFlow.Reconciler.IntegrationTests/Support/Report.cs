using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Reconciler.IntegrationTests.Support;

/// <summary>An item as Batch submitted it. Of a refund the amount is below zero.</summary>
public sealed record Submitted(Id Id, Id Payment, string ExternalId, long Amount);

/// <summary>A batch of a merchant and what its acquirer reports, told in order as Batch tells it.</summary>
public sealed class Report
{
    private static int _lastSlot;

    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly List<ReceivedEvent> _events = [];
    private int _lines;
    private int _deposits;
    private long _gross;

    public Report(Id? merchant = null, string currency = "USD")
    {
        Merchant = merchant ?? Id.New(IdPrefix.Merchant, new Slot(Interlocked.Increment(ref _lastSlot) % Slot.Count), _now);
        Batch = Id.New(IdPrefix.Batch, Merchant.Slot, _now);
        Currency = currency;
    }

    public Id Merchant { get; }

    public Id Batch { get; }

    public string Currency { get; }

    /// <summary>Everything told so far.</summary>
    public ReceivedEvent[] Events => [.. _events];

    /// <summary>A capture, or below zero a refund, which has no fee.</summary>
    public Submitted Submit(long amount, long fee = 3, string? externalId = null)
    {
        var operation = Id.New(IdPrefix.Operation, Merchant.Slot, _now);
        var item = new Submitted(operation.Derive(IdPrefix.Item, "settlement"), Id.New(IdPrefix.Payment, Merchant.Slot, _now), externalId ?? $"{(amount < 0 ? "nbr" : "nbc")}_{operation}", amount);
        Tell("payflow.settlement.item_submitted.v1", new SettlementEvent
        {
            ItemSubmitted = new ItemSubmitted
            {
                ItemId = item.Id.ToString(),
                PaymentId = item.Payment.ToString(),
                OperationId = operation.ToString(),
                ExternalId = item.ExternalId,
                Amount = amount,
                Fee = amount < 0 ? 0 : fee,
                OccurredAt = Timestamp.FromDateTimeOffset(_now),
                Kind = amount < 0 ? ItemKind.Refund : ItemKind.Capture,
            },
        });
        return item;
    }

    public void Line(Submitted item, long amount, bool isSettled = true) => Line(item.Id.ToString(), item.ExternalId, amount, isSettled);

    public void Line(string reference, string externalId, long amount, bool isSettled = true)
    {
        _lines++;
        _gross += isSettled ? amount : 0;
        Tell("payflow.settlement.report_line.v1", new SettlementEvent
        {
            ReportLine = new ReportLine
            {
                LineNumber = _lines,
                ItemReference = reference,
                ExternalId = externalId,
                Amount = amount,
                Raw = $"{_lines},{reference},{externalId},{amount}",
                Status = isSettled ? ReportLineStatus.Settled : ReportLineStatus.Rejected,
            },
        });
    }

    /// <param name="gross">What the acquirer says it pays: the lines since the last deposit, unless told.</param>
    /// <param name="charge">What it keeps of it.</param>
    public void Complete(long? gross = null, long charge = 7)
    {
        _deposits++;
        Tell("payflow.settlement.report_completed.v1", new SettlementEvent
        {
            ReportCompleted = new ReportCompleted { Lines = _lines, Gross = gross ?? _gross, Charge = charge, DepositReference = $"dep_{_deposits}", Ordinal = _deposits },
        });
        _gross = 0;
    }

    private void Tell(string type, SettlementEvent told)
    {
        var sequence = _events.Count + 1;
        told.BatchId = Batch.ToString();
        told.MerchantId = Merchant.ToString();
        told.Mode = Modes.Test;
        told.Acquirer = "northbank";
        told.Currency = Currency;
        told.Date = "2026-11-21";
        told.OccurredAt = Timestamp.FromDateTimeOffset(_now);
        _events.Add(new ReceivedEvent(Topics.SettlementResults, 0, sequence, $"{Topics.SettlementResults}/{Batch}/{sequence}", type, Batch, sequence, Batch.Slot, _now, told.ToByteArray())
        {
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });
    }
}
