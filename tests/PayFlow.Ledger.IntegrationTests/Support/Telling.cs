using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>Events of one payment of one merchant, as Auth and Reconciler publish them.</summary>
internal sealed class Telling
{
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private readonly Dictionary<(string, Id), long> _sequences = [];

    public Telling(Id merchant)
    {
        Merchant = merchant;
        Payment = Id.New(IdPrefix.Payment, merchant.Slot, _now);
        Authorize = NewOperation();
        Batch = Id.New(IdPrefix.Batch, merchant.Slot, _now);
    }

    public Id Merchant { get; }

    public Id Payment { get; }

    public Id Authorize { get; }

    public Id Batch { get; }

    public Id NewOperation() => Id.New(IdPrefix.Operation, Merchant.Slot, _now);

    public ReceivedEvent Authorized(long amount) =>
        OfPayment("payment.authorized", new() { Authorized = new() { OperationId = Authorize.ToString(), Amount = amount, Acquirer = "northbank", ExternalId = "nb_1" } });

    public ReceivedEvent Captured(Id operation, long amount, long remaining, bool isFinal) => OfPayment("payment.captured", new()
    {
        Captured = new()
        {
            OperationId = operation.ToString(), AuthorizeOperationId = Authorize.ToString(), Amount = amount, Remaining = remaining, IsFinal = isFinal, Acquirer = "northbank",
            ExternalId = "nb_1", ExternalCaptureId = $"nbc_{operation}", Fee = 3, SettlementZone = "UTC",
        },
    });

    public ReceivedEvent Voided(Id operation) => OfPayment("payment.voided", new() { Voided = new() { OperationId = operation.ToString(), AuthorizeOperationId = Authorize.ToString() } });

    public ReceivedEvent RefundRequested(Id operation, long amount) => OfPayment("payment.refund_requested", new()
    {
        RefundRequested = new() { OperationId = operation.ToString(), Amount = amount, Acquirer = "northbank" },
    });

    public ReceivedEvent Refunded(Id operation, long amount, Id? voids = null) => OfPayment("payment.refunded", new()
    {
        Refunded = new()
        {
            OperationId = operation.ToString(), Amount = amount, Acquirer = "northbank", ExternalId = "nb_1", ExternalRefundId = $"nbr_{operation}",
            VoidedCaptureOperationId = voids?.ToString() ?? "", SettlementZone = "UTC",
        },
    });

    public ReceivedEvent RefundFailed(Id operation, long amount) => OfPayment("payment.refund_failed", new()
    {
        RefundFailed = new() { OperationId = operation.ToString(), Amount = amount, Reason = "refused" },
    });

    public ReceivedEvent Submitted(long amount) => OfPayment("payment.submitted", new() { Submitted = new() { Amount = amount } });

    public ReceivedEvent OfPayment(string type, PaymentEvent detail) => Received(Topics.PaymentsEvents, type, Payment, new PaymentEvent(detail)
    {
        PaymentId = Payment.ToString(), MerchantId = Merchant.ToString(), Mode = Modes.Test, Currency = "USD", OccurredAt = Timestamp.FromDateTimeOffset(_now),
    });

    public ReceivedEvent Settled(Id capture, long amount, long fee, int line)
    {
        var item = capture.Derive(IdPrefix.Item, "settlement");
        return OfReconciliation("item.settled", item, new()
        {
            ItemSettled = new()
            {
                ItemId = item.ToString(), PaymentId = Payment.ToString(), CaptureOperationId = capture.ToString(), Amount = amount, Expected = amount, Fee = fee, LineNumber = line,
            },
        });
    }

    public ReceivedEvent Deposited(long gross, long charge, long unexplained = 0) => OfReconciliation("deposit.reported", Batch, new()
    {
        DepositReported = new() { Gross = gross, Charge = charge, Unexplained = unexplained, Ordinal = 1, DepositReference = "dep-1" },
    });

    private ReceivedEvent OfReconciliation(string type, Id aggregate, ReconciliationEvent detail) => Received(Topics.ReconciliationEvents, type, aggregate, new ReconciliationEvent(detail)
    {
        BatchId = Batch.ToString(), MerchantId = Merchant.ToString(), Mode = Modes.Test, Acquirer = "northbank", Currency = "USD", OccurredAt = Timestamp.FromDateTimeOffset(_now),
    });

    private ReceivedEvent Received(string topic, string type, Id aggregate, IMessage payload)
    {
        var sequence = _sequences[(topic, aggregate)] = _sequences.GetValueOrDefault((topic, aggregate)) + 1;
        return new ReceivedEvent(topic, 0, sequence, $"{topic}/{aggregate}/{sequence}", type, aggregate, sequence, aggregate.Slot, _now, payload.ToByteArray());
    }
}
