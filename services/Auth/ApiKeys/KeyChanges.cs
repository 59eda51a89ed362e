using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>What changed about keys, and when they were used: what gateways ask and tell, each about once in a while and never per request.</summary>
public sealed class KeyChanges(Shards shards, TimeProvider time)
{
    private const int MaxListed = 10_000;

    // A change has the time at which its request came, by the clock of the process that it came to, and is seen when its transaction ends. Told again, it costs a lookup.
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    /// <returns>The hashes of keys that changed; null when there are more than can be listed. And what to ask with next.</returns>
    public async Task<(IReadOnlyList<byte[]>? Hashes, DateTimeOffset AsOf)> ListAsync(DateTimeOffset? since, CancellationToken ct)
    {
        var asOf = time.GetUtcNow() - Overlap;
        if (since is not { } from)
        {
            return ([], asOf);
        }

        var hashes = new List<byte[]>();
        foreach (var shard in shards.All)
        {
            hashes.AddRange(await ApiKeySql.FindChangedAsync(shard.Source, from, MaxListed + 1, ct));
        }

        return (hashes.Count > MaxListed ? null : hashes, asOf);
    }

    public async Task NoteUsesAsync(IReadOnlyCollection<KeyUse> uses, CancellationToken ct)
    {
        foreach (var onShard in uses.GroupBy(use => shards.For(use.Key.Slot)))
        {
            await ApiKeySql.NoteUsesAsync(onShard.Key.Source, [.. onShard], ct);
        }
    }
}
