using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>
/// The shards of one database and which slot lives on which. The map is cached; it is read again as soon as a write finds it stale
/// (<see cref="StaleSlotException"/>), so a caller that is refused asks again and gets the new answer.
/// </summary>
public sealed class Shards
{
    private readonly SlotMap _map;

    internal Shards(string database, IReadOnlyList<Shard> all, SlotMap map)
    {
        Database = database;
        All = all;
        _map = map;
    }

    /// <summary>The name that the shards were registered under, also that of the connection string of shard 0.</summary>
    public string Database { get; }

    /// <summary>Every shard, by number.</summary>
    public IReadOnlyList<Shard> All { get; }

    /// <summary>The shard that a slot lives on, as far as this process knows.</summary>
    /// <exception cref="StaleSlotException">No shard owns the slot right now: it is being moved.</exception>
    public Shard For(Slot slot) =>
        Find(slot) ?? throw new StaleSlotException($"No shard owns slot {slot} right now: it is being moved, or the shard that owns it does not answer.");

    /// <summary>The shard that a slot lives on, as far as this process knows; null while it is being moved.</summary>
    public Shard? Find(Slot slot) => _map.Find(slot) is { } number ? All[number] : null;

    /// <summary>
    /// Begins a transaction that writes things of one slot, on the shard where it lives. A slot that moved since the map was read is
    /// looked up again once, before anything is written.
    /// </summary>
    /// <exception cref="StaleSlotException">The slot is being moved right now: try again in a moment. Nothing was written.</exception>
    public async ValueTask<ShardTransaction> BeginAsync(Slot slot, CancellationToken ct)
    {
        try
        {
            return await For(slot).BeginAsync(ct, slot);
        }
        catch (StaleSlotException)
        {
            await RefreshAsync(ct);
            return await For(slot).BeginAsync(ct, slot);
        }
    }

    /// <summary>Reads the map again. Writes that find it stale do so by themselves.</summary>
    public Task RefreshAsync(CancellationToken ct) => _map.RefreshAsync(ct);
}
