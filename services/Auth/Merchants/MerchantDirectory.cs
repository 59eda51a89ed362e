using System.Collections.Concurrent;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>Merchants' settings, read at most once in a short while: they are needed for every payment and change rarely.</summary>
public sealed class MerchantDirectory(Shards shards, TimeProvider time)
{
    private const int MaxKept = 10_000;

    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Id, (Merchant Merchant, DateTimeOffset ReadAt)> kept = new();

    /// <summary>Its settings have changed. Other processes see that after <c>30 s</c> at the latest.</summary>
    public void Forget(Id id) => kept.TryRemove(id, out _);

    /// <exception cref="InvalidOperationException">There is no such merchant: whoever asks was authenticated as one.</exception>
    public async ValueTask<Merchant> GetAsync(Id id, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (kept.TryGetValue(id, out var known) && now - known.ReadAt < KeptFor)
        {
            return known.Merchant;
        }

        var merchant = await MerchantSql.FindAsync(shards.For(id.Slot).Source, id, ct)
            ?? throw new InvalidOperationException($"Merchant {id} is not on its shard.");
        if (kept.Count >= MaxKept)
        {
            kept.Clear();
        }

        kept[id] = (merchant, now);
        return merchant;
    }
}
