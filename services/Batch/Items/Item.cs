using PayFlow.Kernel;

namespace PayFlow.Batch.Items;

/// <summary>What an item settles, as tables and answers spell it.</summary>
internal static class ItemKind
{
    public const string Capture = "capture";
    public const string Refund = "refund";
}

/// <summary>
/// One capture or refund on its way to settlement. Minor units; times UTC. The amount is signed as it moves the acquirer's deposit: below zero for a refund,
/// so that sums of items are right whatever they are of. Only captures have a fee.
/// </summary>
internal sealed record Item(
    Id Id, string Kind, Id PaymentId, Id OperationId, Id MerchantId, Mode Mode, string Acquirer, string ExternalId, Money Amount, Money Fee,
    DateTimeOffset OccurredAt, SettlementDay Day);
