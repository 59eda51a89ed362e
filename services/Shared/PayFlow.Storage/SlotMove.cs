using Npgsql;
using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>
/// Moves a slot, and with it its merchants, to another shard. While it moves, no shard owns it: writes are refused and tried again. Every step can be
/// repeated, so a move that was cut off is finished by starting it again.
/// </summary>
/// <param name="shards">Connections to each shard, by number, as the owner of the database.</param>
public sealed class SlotMove(IReadOnlyList<NpgsqlDataSource> shards)
{
    /// <summary>Closes the slot where it is, copies what it holds, opens it where it goes.</summary>
    /// <param name="slot">The slot to move.</param>
    /// <param name="to">The number of the shard that it goes to.</param>
    /// <param name="copy">Copies the slot's rows from a shard (first) to the other (second), or finishes a copy that was cut off. No one writes them meanwhile.</param>
    /// <param name="ct">Stops between two steps; the slot then belongs to no shard until the move is started again.</param>
    /// <exception cref="InvalidOperationException">The slot is on its way to a third shard: finish that move first.</exception>
    public async Task RunAsync(Slot slot, int to, Func<int, int, CancellationToken, Task> copy, CancellationToken ct)
    {
        var known = await Task.WhenAll(shards.Select(shard => SlotSql.OwnerAsync(shard, slot, ct)));
        var latest = known.MaxBy(owner => owner.Epoch);
        var isOpen = known[latest.Shard] == latest;
        if (isOpen && latest.Shard != to)
        {
            var from = latest.Shard;
            latest = new SlotOwner(to, latest.Epoch + 1);
            await AssignAsync(from, slot, latest, ct);   // waits for the transactions that write the slot; later ones are refused
            await copy(from, to, ct);
        }
        else if (!isOpen && latest.Shard != to)
        {
            throw new InvalidOperationException($"Slot {slot} is on its way to shard {latest.Shard}. Finish that move first.");
        }
        else if (!isOpen)
        {
            // Cut off between closing and opening: only the shard that it leaves knows the new epoch.
            await copy(Array.IndexOf(known, latest), to, ct);
        }

        await AssignAsync(to, slot, latest, ct);
        for (var other = 0; other < shards.Count; other++)
            await AssignAsync(other, slot, latest, ct);
    }

    private async Task AssignAsync(int shard, Slot slot, SlotOwner owner, CancellationToken ct)
    {
        await using var connection = await shards[shard].OpenConnectionAsync(ct);
        await SlotSql.AssignAsync(connection, slot, owner, ct);
    }
}
