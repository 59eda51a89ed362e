using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>Where accounts live: those of an owner in its slot's shard, those of the platform once in every shard.</summary>
internal static class AccountShards
{
    public static IReadOnlyList<Shard> Holding(this Shards shards, string path) =>
        ChartOfAccounts.SlotOf(path) is { } slot ? [shards.For(slot)] : shards.All;
}
