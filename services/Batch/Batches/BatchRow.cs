using PayFlow.Kernel;

namespace PayFlow.Batch.Batches;

/// <summary>A batch as it stands. Amounts are minor units, refunds counted below zero; times UTC.</summary>
/// <param name="NextStepAt">Nobody touches it before; for who claimed it, the end of the claim. Null when there is nothing left to do.</param>
/// <param name="Attempts">Steps since the last that led on.</param>
/// <param name="AmountRefunded">Σ of its refunds, above zero.</param>
internal sealed record BatchRow(
    Id Id, Id MerchantId, Mode Mode, string Acquirer, Currency Currency, DateOnly Date, int Ordinal, string State, int Items, long Amount,
    DateTimeOffset SealedAt, DateTimeOffset? CompletedAt, DateTimeOffset? NextStepAt, int Attempts, string? LastProblem, int ItemsSettled, long AmountSettled, long AmountRefunded);

/// <summary>What a batch's events have told so far. Amounts are minor units.</summary>
/// <param name="Sequence">Of its last event.</param>
/// <param name="Deposits">How many deposits, which paid so many lines, gross and charge.</param>
/// <param name="ItemsSettled">How many items, and how much of them, the acquirer has settled; refunds count below zero.</param>
/// <param name="AmountRefundedSettled">How much of its refunds, above zero.</param>
internal sealed record BatchProgress(
    string State, long Sequence, int Deposits, int Lines, long Gross, long Charge, int ItemsSettled, long AmountSettled, long AmountRefundedSettled, bool Completed);

/// <summary>What decides which batch an item belongs to.</summary>
internal sealed record BatchGroup(Guid MerchantId, short Mode, string Acquirer, string Currency, DateOnly Date, short Slot);

/// <summary>Which batches are asked for; what is null doesn't matter.</summary>
internal sealed record BatchFilter(Id? Id = null, Id? Merchant = null, Mode? Mode = null, DateOnly? Date = null, Id? After = null, int Limit = BatchFilter.MaxLimit)
{
    public const int MaxLimit = 500;
}
