using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>The table <c>payflow_slots</c>: what a shard knows about who owns which slot.</summary>
internal static class SlotSql
{
    /// <summary>SQLSTATE of a claim that the database refuses (function <c>payflow_require_slots</c>).</summary>
    private const string Stale = "PF001";

    public static bool IsStale(Exception failure) => failure is StaleSlotException or PostgresException { SqlState: Stale };

    /// <summary>Refuses, in the database, a transaction whose slots live elsewhere or at another epoch; holds them here until it ends.</summary>
    public static async Task RequireAsync(NpgsqlTransaction transaction, int shard, SlotClaim[] claims, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT payflow_require_slots($1, $2, $3)", transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = shard, NpgsqlDbType = NpgsqlDbType.Integer },
                new() { Value = claims.Select(claim => claim.Slot).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
                new() { Value = claims.Select(claim => claim.Epoch).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The slots that a shard owns, by its own word.</summary>
    public static async Task<IReadOnlyList<SlotClaim>> OwnedAsync(NpgsqlDataSource source, int shard, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT slot, epoch FROM payflow_slots WHERE shard = $1 ORDER BY slot");
        command.Parameters.Add(new() { Value = shard });
        var owned = new List<SlotClaim>(Slot.Count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            owned.Add(new SlotClaim(reader.GetInt16(0), reader.GetInt64(1)));
        return owned;
    }

    /// <summary>Everything a database knows about the slots, in order; empty when it was never told.</summary>
    public static async Task<IReadOnlyList<(short Slot, int Shard, long Epoch)>> AllAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT slot, shard, epoch FROM payflow_slots ORDER BY slot", connection);
        var all = new List<(short, int, long)>(Slot.Count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            all.Add((reader.GetInt16(0), reader.GetInt32(1), reader.GetInt64(2)));
        return all;
    }

    /// <summary>Tells a database about slots that it does not know yet.</summary>
    public static async Task AddAsync(NpgsqlConnection connection, IReadOnlyList<(short Slot, int Shard, long Epoch)> slots, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO payflow_slots (slot, shard, epoch) SELECT * FROM unnest($1, $2, $3) ON CONFLICT (slot) DO NOTHING", connection)
        {
            Parameters =
            {
                new() { Value = slots.Select(slot => slot.Slot).ToArray() },
                new() { Value = slots.Select(slot => slot.Shard).ToArray() },
                new() { Value = slots.Select(slot => slot.Epoch).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Where a slot lives, as one shard knows.</summary>
    public static async Task<SlotOwner> OwnerAsync(NpgsqlDataSource source, Slot slot, CancellationToken ct)
    {
        await using var command = source.CreateCommand("SELECT shard, epoch FROM payflow_slots WHERE slot = $1");
        command.Parameters.Add(new() { Value = slot.Number });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new SlotOwner(reader.GetInt32(0), reader.GetInt64(1)) : SlotOwner.None;
    }

    /// <summary>
    /// Writes down on one shard where a slot lives from an epoch on, unless it knows of that epoch already. Where the slot was written, this waits for
    /// the transactions that write it.
    /// </summary>
    public static async Task AssignAsync(NpgsqlConnection connection, Slot slot, SlotOwner owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT payflow_assign_slot($1, $2, $3)", connection)
        {
            Parameters =
            {
                new() { Value = slot.Number, NpgsqlDbType = NpgsqlDbType.Smallint },
                new() { Value = owner.Shard, NpgsqlDbType = NpgsqlDbType.Integer },
                new() { Value = owner.Epoch, NpgsqlDbType = NpgsqlDbType.Bigint },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
