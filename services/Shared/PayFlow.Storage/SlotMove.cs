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
    /// <summary>Where a slot lives, as the shards say now.</summary>
    /// <returns>The shard; null and where it goes to when it is on its way.</returns>
    public async Task<(int? Shard, int? GoingTo)> FindAsync(Slot slot, CancellationToken ct)
    {
        var known = await KnownAsync(slot, ct);
        var latest = known.MaxBy(owner => owner.Epoch);
        return known[latest.Shard] == latest ? (latest.Shard, null) : (null, latest.Shard);
    }

    /// <summary>Closes the slot where it is, copies what it holds, opens it where it goes.</summary>
    /// <param name="slot">The slot to move.</param>
    /// <param name="to">The number of the shard that it goes to.</param>
    /// <param name="contents">What the slot holds. No one writes it meanwhile.</param>
    /// <param name="ct">Stops between two steps; the slot then belongs to no shard until the move is started again.</param>
    /// <exception cref="InvalidOperationException">The slot is on its way to a third shard: finish that move first.</exception>
    public async Task RunAsync(Slot slot, int to, ISlotContents contents, CancellationToken ct)
    {
        var known = await KnownAsync(slot, ct);
        var latest = known.MaxBy(owner => owner.Epoch);
        var isOpen = known[latest.Shard] == latest;
        if (isOpen && latest.Shard != to)
        {
            var from = latest.Shard;
            latest = new SlotOwner(to, latest.Epoch + 1);
            await AssignAsync(from, slot, latest, ct);   // waits for the transactions that write the slot; later ones are refused
            var step = Step(from, slot, latest);
            try
            {
                await contents.PrepareAsync(step, ct);
            }
            catch
            {
                // Nothing is copied yet: the slot stays where it was.
                await AssignEverywhereAsync(from, slot, new SlotOwner(from, latest.Epoch + 1), CancellationToken.None);
                throw;
            }

            await contents.CopyAsync(step, ct);
        }
        else if (!isOpen && latest.Shard != to)
        {
            throw new InvalidOperationException($"Slot {slot} is on its way to shard {latest.Shard}. Finish that move first.");
        }
        else if (!isOpen)
        {
            // Cut off between closing and opening: only the shard that it leaves knows the new epoch.
            var step = Step(Array.IndexOf(known, latest), slot, latest);
            await contents.PrepareAsync(step, ct);
            await contents.CopyAsync(step, ct);
        }

        await AssignEverywhereAsync(to, slot, latest, ct);
    }

    private SlotStep Step(int from, Slot slot, SlotOwner owner) => new(slot, owner.Epoch, from, shards[from], owner.Shard, shards[owner.Shard]);

    private Task<SlotOwner[]> KnownAsync(Slot slot, CancellationToken ct) => Task.WhenAll(shards.Select(shard => SlotSql.OwnerAsync(shard, slot, ct)));

    private async Task AssignEverywhereAsync(int first, Slot slot, SlotOwner owner, CancellationToken ct)
    {
        await AssignAsync(first, slot, owner, ct);
        for (var shard = 0; shard < shards.Count; shard++)
            await AssignAsync(shard, slot, owner, ct);
    }

    private async Task AssignAsync(int shard, Slot slot, SlotOwner owner, CancellationToken ct)
    {
        await using var connection = await shards[shard].OpenConnectionAsync(ct);
        await SlotSql.AssignAsync(connection, slot, owner, ct);
    }
}

/// <summary>What a slot holds in a database, as its service knows. Both steps may be repeated: each finds what it did before.</summary>
public interface ISlotContents
{
    /// <summary>The slot is closed, nothing of it is copied yet. Whatever this throws keeps the slot where it is.</summary>
    Task PrepareAsync(SlotStep step, CancellationToken ct);

    /// <summary>Copies. What this throws leaves the slot on its way.</summary>
    Task CopyAsync(SlotStep step, CancellationToken ct);
}

/// <summary>A slot on its way.</summary>
/// <param name="Slot">Which.</param>
/// <param name="Epoch">Of this move; grows with each.</param>
/// <param name="From">The shard that it leaves.</param>
/// <param name="Source">Connections to it, as its owner.</param>
/// <param name="To">The shard that it goes to.</param>
/// <param name="Target">Connections to that, as its owner.</param>
public sealed record SlotStep(Slot Slot, long Epoch, int From, NpgsqlDataSource Source, int To, NpgsqlDataSource Target);
