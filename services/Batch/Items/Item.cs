using PayFlow.Kernel;

namespace PayFlow.Batch.Items;

/// <summary>One capture on its way to settlement. Amount and fee are minor units; times UTC.</summary>
public sealed record Item(
    Id Id, Id PaymentId, Id CaptureId, Id MerchantId, Mode Mode, string Acquirer, string ExternalId, Money Amount, Money Fee,
    DateTimeOffset CapturedAt, SettlementDay Day);
