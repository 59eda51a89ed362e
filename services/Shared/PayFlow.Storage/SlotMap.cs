using System.Collections.Concurrent;
using Npgsql;
using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>Which slot lives on which shard, and since which epoch: the union of what each shard says it owns.</summary>
internal sealed class SlotMap(IReadOnlyList<NpgsqlDataSource> shards)
{
    private readonly Lock _gate = new();
    private volatile SlotOwner[] _owners = Enumerable.Repeat(SlotOwner.None, Slot.Count).ToArray();
    private Task? _refresh;

    public int? Find(Slot slot) => _owners[slot.Number] is { Shard: >= 0 and var shard } ? shard : null;

    /// <summary>The slots, sorted and each once, with the epochs that a write on this shard claims.</summary>
    /// <exception cref="StaleSlotException">The map says that one of them lives elsewhere.</exception>
    public SlotClaim[] Claim(int shard, Slot[] slots)
    {
        var owners = _owners;
        var claims = new List<SlotClaim>(slots.Length);
        foreach (var slot in slots.Select(slot => slot.Number).Distinct().Order())
        {
            if (owners[slot].Shard != shard)
                throw new StaleSlotException($"Slot {slot} does not live on shard {shard}.");
            claims.Add(new SlotClaim(slot, owners[slot].Epoch));
        }

        return [.. claims];
    }

    /// <summary>Asks every shard what it owns. Many callers at once share one answer.</summary>
    public Task RefreshAsync(CancellationToken ct)
    {
        lock (_gate)
            return (_refresh ??= ReplaceAsync()).WaitAsync(ct);
    }

    private async Task ReplaceAsync()
    {
        await Task.Yield();   // so that _refresh is set before it is cleared
        try
        {
            _owners = await ReadAsync(_owners);
        }
        finally
        {
            lock (_gate)
                _refresh = null;
        }
    }

    private async Task<SlotOwner[]> ReadAsync(SlotOwner[] known)
    {
        var read = new ConcurrentBag<(int Shard, IReadOnlyList<SlotClaim> Owned)>();
        var away = new ConcurrentDictionary<int, Exception>();
        await Task.WhenAll(shards.Select(async (source, shard) =>
        {
            try
            {
                read.Add((shard, await SlotSql.OwnedAsync(source, shard, CancellationToken.None)));
            }
            catch (Exception failure) when (DatabaseFailure.IsInfrastructure(failure))
            {
                away[shard] = failure;
            }
        }));
        if (away.Count == shards.Count)
            throw new InvalidOperationException("No shard answers, so nobody knows where the slots live.", away.First().Value);

        // A shard that does not answer keeps what it was known to own: its merchants fail, the others don't.
        var owners = known.Select(owner => away.ContainsKey(owner.Shard) ? owner : SlotOwner.None).ToArray();
        foreach (var (shard, owned) in read)
        {
            foreach (var (slot, epoch) in owned)
            {
                if (epoch > owners[slot].Epoch)
                    owners[slot] = new SlotOwner(shard, epoch);
            }
        }

        return owners;
    }
}

/// <summary>A slot at the epoch that a write claims for it.</summary>
internal readonly record struct SlotClaim(short Slot, long Epoch);

/// <summary>Where a slot lives, and since which epoch.</summary>
internal readonly record struct SlotOwner(int Shard, long Epoch)
{
    public static SlotOwner None { get; } = new(-1, 0);
}
