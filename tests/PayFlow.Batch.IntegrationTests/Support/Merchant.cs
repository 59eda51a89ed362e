using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Batch.IntegrationTests.Support;

/// <summary>A capture as Auth tells of it.</summary>
public sealed record Capture(Id Payment, Id Operation, string ExternalId, long Amount, ReceivedEvent Event)
{
    /// <summary>The item that it becomes.</summary>
    public Id Item => Operation.Derive(IdPrefix.Item, "settlement");
}

/// <summary>A refund as Auth tells of it.</summary>
public sealed record Refund(Id Payment, Id Operation, string ExternalId, long Amount, ReceivedEvent Event)
{
    /// <summary>The item that it becomes.</summary>
    public Id Item => Operation.Derive(IdPrefix.Item, "settlement");
}

/// <summary>A merchant of the test's own, and its payments as Auth publishes them.</summary>
public sealed class Merchant
{
    private static int _lastSlot;

    public Id Id { get; } = Id.New(IdPrefix.Merchant, new Slot(Interlocked.Increment(ref _lastSlot) % Slot.Count), TimeProvider.System.GetUtcNow());

    public Capture Capture(
        long amount, string? externalId = null, string acquirer = "northbank", string currency = "USD", string zone = "UTC", string cutoff = "", long fee = 3, DateTimeOffset? at = null,
        long sequence = 1)
    {
        var now = at ?? TimeProvider.System.GetUtcNow();
        var (payment, operation) = (Id.New(IdPrefix.Payment, Id.Slot, now), Id.New(IdPrefix.Operation, Id.Slot, now));
        externalId ??= $"nbc_{operation}";
        return new Capture(payment, operation, externalId, amount, Event(payment, "payment.captured", sequence, now, currency, new PaymentEvent
        {
            Captured = new PaymentCaptured
            {
                OperationId = operation.ToString(),
                AuthorizeOperationId = operation.ToString(),
                Amount = amount,
                IsFinal = true,
                Acquirer = acquirer,
                ExternalId = "nb_1",
                ExternalCaptureId = externalId,
                Fee = fee,
                SettlementZone = zone,
                SettlementCutoff = cutoff,
            },
        }));
    }

    /// <summary>A refund of a part of a capture or of all of it, which the acquirer took.</summary>
    public Refund Refund(
        Capture capture, long amount, string? externalId = null, string acquirer = "northbank", string currency = "USD", string zone = "UTC", string cutoff = "", DateTimeOffset? at = null,
        long sequence = 2)
    {
        var operation = NewOperation();
        externalId ??= $"nbr_{operation}";
        return new Refund(capture.Payment, operation, externalId, amount, Event(capture.Payment, "payment.refunded", sequence, at ?? TimeProvider.System.GetUtcNow(), currency, new PaymentEvent
        {
            Refunded = new PaymentRefunded
            {
                OperationId = operation.ToString(),
                Amount = amount,
                Acquirer = acquirer,
                ExternalId = "nb_1",
                ExternalRefundId = externalId,
                SettlementZone = zone,
                SettlementCutoff = cutoff,
            },
        }));
    }

    /// <summary>A refund that voided the capture instead.</summary>
    public ReceivedEvent CaptureVoided(Capture capture, Id refund, long sequence = 2) =>
        Event(capture.Payment, "payment.refunded", sequence, TimeProvider.System.GetUtcNow(), "USD", new PaymentEvent
        {
            Refunded = new PaymentRefunded
            {
                OperationId = refund.ToString(),
                Amount = capture.Amount,
                Acquirer = "northbank",
                ExternalId = "nb_1",
                ExternalRefundId = $"nbv_{refund}",
                VoidedCaptureOperationId = capture.Operation.ToString(),
                SettlementZone = "UTC",
            },
        });

    /// <summary>A refund that the acquirer refused for good.</summary>
    /// <param name="capture">What was refunded.</param>
    /// <param name="refund">The refund.</param>
    /// <param name="withdrawn">It had withdrawn the capture's item.</param>
    /// <param name="sequence">Of the payment's events.</param>
    public ReceivedEvent RefundFailed(Capture capture, Id refund, bool withdrawn = true, long sequence = 2) =>
        Event(capture.Payment, "payment.refund_failed", sequence, TimeProvider.System.GetUtcNow(), "USD", new PaymentEvent
        {
            RefundFailed = new RefundFailed
            {
                OperationId = refund.ToString(),
                Amount = capture.Amount,
                Reason = "settled",
                WithdrawnCaptureOperationId = withdrawn ? capture.Operation.ToString() : "",
            },
        });

    public Id NewOperation() => Id.New(IdPrefix.Operation, Id.Slot, TimeProvider.System.GetUtcNow());

    public ReceivedEvent Authorized() =>
        Event(Id.New(IdPrefix.Payment, Id.Slot, TimeProvider.System.GetUtcNow()), "payment.authorized", 1, TimeProvider.System.GetUtcNow(), "USD", new PaymentEvent
        {
            Authorized = new PaymentAuthorized { Amount = 100, Acquirer = "northbank" },
        });

    public ReceivedEvent RequiresAction() =>
        Event(Id.New(IdPrefix.Payment, Id.Slot, TimeProvider.System.GetUtcNow()), "payment.requires_action", 1, TimeProvider.System.GetUtcNow(), "USD", new PaymentEvent
        {
            RequiresAction = new PaymentRequiresAction { Type = "redirect", Url = "https://issuer.example" },
        });

    private ReceivedEvent Event(Id payment, string type, long sequence, DateTimeOffset at, string currency, PaymentEvent told)
    {
        told.PaymentId = payment.ToString();
        told.MerchantId = Id.ToString();
        told.Mode = Modes.Test;
        told.Currency = currency;
        told.OccurredAt = Timestamp.FromDateTimeOffset(at);
        return new ReceivedEvent(Topics.PaymentsEvents, 0, 0, $"{Topics.PaymentsEvents}/{payment}/{sequence}", type, payment, sequence, payment.Slot, at, told.ToByteArray());
    }
}
