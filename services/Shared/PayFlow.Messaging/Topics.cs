namespace PayFlow.Messaging;

/// <summary>Every topic there is. Values are protobuf from <c>protos/payflow/events/v1</c>; the partition is the slot modulo the partition count.</summary>
public static class Topics
{
    /// <summary>Payments that were accepted and wait for their executor. Hand-over only: the truth is the row in Auth's database.</summary>
    public const string PaymentsIngest = "payments.ingest";

    /// <summary>What happened to a payment. Published by Auth.</summary>
    public const string PaymentsEvents = "payments.events";

    /// <summary>What acquirers settled, item by item. Published by Batch.</summary>
    public const string SettlementResults = "settlement.results";

    /// <summary>What was matched and what was not. Published by Reconciler.</summary>
    public const string ReconciliationEvents = "reconciliation.events";

    /// <summary>What became of payouts. Published by Batch.</summary>
    public const string PayoutEvents = "payout.events";

    /// <summary>What was posted. Published by Ledger.</summary>
    public const string LedgerEvents = "ledger.events";

    /// <summary>What Fraud decided. Published by Fraud.</summary>
    public const string FraudEvents = "fraud.events";

    /// <summary>What merchants are told besides what the other topics carry: what became of their webhook endpoints. Published by Auth.</summary>
    public const string MerchantEvents = "merchant.events";

    /// <summary>Every topic but the dead-letter topics, of which each has one.</summary>
    public static IReadOnlyList<string> All { get; } =
        [PaymentsIngest, PaymentsEvents, SettlementResults, ReconciliationEvents, PayoutEvents, LedgerEvents, FraudEvents, MerchantEvents];

    /// <summary>Where events of a topic go, for people to see, when a consumer can never apply them.</summary>
    public static string DeadLetter(string topic) => $"{topic}.dlq";
}
