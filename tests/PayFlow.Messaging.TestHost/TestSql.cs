using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Messaging.TestHost;

/// <summary>The tables of the test host.</summary>
public static class TestSql
{
    /// <summary>Counts an aggregate on under its row lock.</summary>
    /// <returns>Its new sequence number.</returns>
    public static async Task<long> CountAsync(ShardTransaction transaction, Id aggregate, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO counters AS c (aggregate, sequence) VALUES ($1, 1) ON CONFLICT (aggregate) DO UPDATE SET sequence = c.sequence + 1 RETURNING sequence",
            transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = aggregate.Value } },
        };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public static async Task<long> SequenceAsync(Shard shard, Id aggregate, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT sequence FROM counters WHERE aggregate = $1");
        command.Parameters.Add(new() { Value = aggregate.Value });
        return await command.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    public static async Task AddEffectsAsync(ShardTransaction transaction, string consumer, IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            INSERT INTO effects (consumer, topic, aggregate, sequence, trace_parent)
            SELECT $1, topic, aggregate, sequence, trace_parent
              FROM unnest($2, $3, $4, $5) WITH ORDINALITY AS event (topic, aggregate, sequence, trace_parent, number) ORDER BY number
            """, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = consumer },
                new() { Value = events.Select(received => received.Topic).ToArray() },
                new() { Value = events.Select(received => received.Aggregate.Value).ToArray() },
                new() { Value = events.Select(received => received.Sequence).ToArray() },
                new() { Value = events.Select(received => received.TraceParent).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static Task AddTicketAsync(Shard shard, Guid id, CancellationToken ct) => TicketAsync(shard, "INSERT INTO tickets (id) VALUES ($1) ON CONFLICT DO NOTHING", id, ct);

    public static Task SentTicketAsync(Shard shard, Guid id, CancellationToken ct) => TicketAsync(shard, "UPDATE tickets SET is_sent = true WHERE id = $1", id, ct);

    public static Task HandedTicketAsync(Shard shard, Guid id, CancellationToken ct) => TicketAsync(shard, "UPDATE tickets SET handed_over = handed_over + 1 WHERE id = $1", id, ct);

    public static async Task<List<Guid>> UnsentTicketsAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT id FROM tickets WHERE NOT is_sent ORDER BY id");
        var ids = new List<Guid>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ids.Add(reader.GetGuid(0));
        return ids;
    }

    private static async Task TicketAsync(Shard shard, string sql, Guid id, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = id });
        await command.ExecuteNonQueryAsync(ct);
    }
}
