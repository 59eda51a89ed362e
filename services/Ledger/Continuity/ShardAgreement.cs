using PayFlow.Kernel;

namespace PayFlow.Ledger.Continuity;

/// <summary>How far the payments of a shard's merchants and their ledger agree.</summary>
/// <param name="AgreedUntil">Everything that took effect before then is the same in both books.</param>
/// <param name="Difference">What is first different after it, as was last seen; null when nothing was.</param>
/// <param name="DiffersSince">Since when exactly that was seen.</param>
internal sealed record ShardAgreement(int Shard, DateTimeOffset AgreedUntil, DateTimeOffset CheckedAt, Difference? Difference = null, DateTimeOffset? DiffersSince = null)
{
    /// <summary>A difference that stays is one; what is on its way is none.</summary>
    public bool IsBroken(TimeSpan patience) => DiffersSince is { } since && CheckedAt - since >= patience;

    /// <summary>Everything before then agrees.</summary>
    public ShardAgreement Agree(DateTimeOffset until, DateTimeOffset now) => new(Shard, until, now);

    /// <summary>Everything before the difference agrees. The same place again is as old as it was, by whatever it differs now.</summary>
    public ShardAgreement Differ(Difference difference, DateTimeOffset now) =>
        new(Shard, difference.At, now, difference, (Difference?.What, Difference?.At) == (difference.What, difference.At) ? DiffersSince : now);
}

/// <summary>How far all books agree.</summary>
internal sealed record Agreement(IReadOnlyList<ShardAgreement> Shards, TimeSpan Patience)
{
    /// <summary>All books agree up to then; null when they were never compared.</summary>
    public DateTimeOffset? AgreedUntil => Shards.Count == 0 ? null : Shards.Min(shard => shard.AgreedUntil);

    /// <summary>What counts as different, the first first.</summary>
    public IEnumerable<ShardAgreement> Broken => Shards.Where(shard => shard.IsBroken(Patience)).OrderBy(shard => shard.AgreedUntil);
}
