using PayFlow.Kernel;

namespace PayFlow.Batch.Batches;

/// <summary>A batch as it stands. Amounts are minor units; times UTC.</summary>
internal sealed record BatchRow(
    Id Id, Id MerchantId, Mode Mode, string Acquirer, Currency Currency, DateOnly Date, int Ordinal, string State, int Items, long Amount,
    DateTimeOffset SealedAt, DateTimeOffset? CompletedAt, int Attempts, int ItemsSettled, long AmountSettled);

/// <summary>What decides which batch an item belongs to.</summary>
internal sealed record BatchGroup(Guid MerchantId, short Mode, string Acquirer, string Currency, DateOnly Date, short Slot);

/// <summary>Which batches are asked for; what is null doesn't matter.</summary>
internal sealed record BatchFilter(Id? Id = null, Id? Merchant = null, Mode? Mode = null, DateOnly? Date = null, Id? After = null, int Limit = int.MaxValue);
