using PayFlow.Kernel;

namespace PayFlow.Ledger.Continuity;

/// <summary>How far all books agree, for operators. Amounts are minor units.</summary>
internal sealed record ContinuityView(DateTimeOffset? AgreedUntil, IReadOnlyList<ContinuityView.ShardView> Shards)
{
    public static ContinuityView From(Agreement agreement) => new(
        agreement.AgreedUntil,
        [.. agreement.Shards.Select(shard => new ShardView(
            shard.Shard, shard.AgreedUntil, shard.CheckedAt,
            shard.Difference is { } different
                ? new DifferenceView(
                    different.What.Payment, different.What.Merchant, different.What.Mode, different.What.Kind, new Money(different.Payments, different.What.Currency),
                    new Money(different.Ledger, different.What.Currency), different.At, shard.DiffersSince!.Value, shard.IsBroken(agreement.Patience))
                : null))]);

    internal sealed record ShardView(int Shard, DateTimeOffset AgreedUntil, DateTimeOffset CheckedAt, DifferenceView? Difference);

    internal sealed record DifferenceView(
        Id? Payment, Id Merchant, Mode Mode, string Kind, Money Payments, Money Ledger, DateTimeOffset At, DateTimeOffset Since, bool Counts);
}
