using Npgsql;
using NpgsqlTypes;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>The leases of lanes: tables <c>outbox_lanes</c> and <c>outbox_relays</c>. Time is the database's own, the same for all relays.</summary>
internal static class LaneSql
{
    /// <summary>Renews this relay's leases and its share of the lanes.</summary>
    /// <returns>The lanes that it holds for the next <paramref name="lease"/>.</returns>
    public static async Task<IReadOnlyList<short>> HoldAsync(Shard shard, string me, TimeSpan lease, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct);
        var (lanes, relays) = await AnnounceAsync(transaction, me, lease, ct);
        var held = LaneShare.Decide(lanes, me, relays);
        await WriteAsync(transaction, me, lease, held, ct);
        await transaction.CommitAsync(ct);
        return held;
    }

    /// <summary>Gives up everything at once, so that another need not wait for leases to expire.</summary>
    public static async Task LeaveAsync(Shard shard, string me, CancellationToken ct)
    {
        await using var batch = shard.Source.CreateBatch();
        batch.BatchCommands.Add(new("UPDATE outbox_lanes SET expires_at = '-infinity' WHERE owner = $1") { Parameters = { new() { Value = me } } });
        batch.BatchCommands.Add(new("DELETE FROM outbox_relays WHERE owner = $1") { Parameters = { new() { Value = me } } });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static async Task<(List<Lane> Lanes, int Relays)> AnnounceAsync(ShardTransaction transaction, string me, TimeSpan lease, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction)
        {
            BatchCommands =
            {
                new("SELECT lane, owner, expires_at > now() FROM outbox_lanes ORDER BY lane FOR UPDATE"),
                new("DELETE FROM outbox_relays WHERE expires_at <= now() AND owner <> $1") { Parameters = { new() { Value = me } } },
                new("""
                    INSERT INTO outbox_relays (owner, expires_at) VALUES ($1, now() + $2)
                    ON CONFLICT (owner) DO UPDATE SET expires_at = excluded.expires_at
                    """) { Parameters = { new() { Value = me }, new() { Value = lease } } },
                new("SELECT count(*)::integer FROM outbox_relays"),
            },
        };
        var lanes = new List<Lane>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            lanes.Add(new Lane(reader.GetInt16(0), await reader.IsDBNullAsync(1, ct) ? null : reader.GetString(1), reader.GetBoolean(2)));
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return (lanes, reader.GetInt32(0));
    }

    private static async Task WriteAsync(ShardTransaction transaction, string me, TimeSpan lease, IReadOnlyList<short> held, CancellationToken ct)
    {
        // The epoch counts how often a lane changed hands or its lease ran out: for people who wonder about duplicates.
        await using var command = new NpgsqlCommand("""
            UPDATE outbox_lanes
               SET owner = CASE WHEN lane = ANY ($3) THEN $1 END,
                   epoch = epoch + CASE WHEN lane = ANY ($3) AND (owner IS DISTINCT FROM $1 OR expires_at <= now()) THEN 1 ELSE 0 END,
                   expires_at = CASE WHEN lane = ANY ($3) THEN now() + $2 ELSE '-infinity' END
             WHERE lane = ANY ($3) OR owner = $1
            """, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = me },
                new() { Value = lease },
                new() { Value = held.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
