using Google.Protobuf;
using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>Writing to the outbox, in the caller's transaction.</summary>
internal static class OutboxSql
{
    public static async Task AppendAsync(ShardTransaction transaction, OutboxEvent[] events, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("""
            WITH appended AS (
                INSERT INTO outbox (topic, aggregate, sequence, prefix, slot, type, payload, trace_parent, occurred_at, feed_merchant, feed_mode)
                SELECT topic, aggregate, sequence, prefix, slot, type, payload, trace_parent, occurred_at, feed_merchant, feed_mode
                  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY
                    AS event (topic, aggregate, sequence, prefix, slot, type, payload, trace_parent, occurred_at, feed_merchant, feed_mode, number)
                 ORDER BY number
                RETURNING id, slot, topic, aggregate
            )
            INSERT INTO outbox_unpublished (lane, id, topic, aggregate) SELECT slot % $12, id, topic, aggregate FROM appended
            """, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = Array.ConvertAll(events, row => row.Topic) },
                new() { Value = Array.ConvertAll(events, row => row.Aggregate.Value) },
                new() { Value = Array.ConvertAll(events, row => row.Sequence) },
                new() { Value = Array.ConvertAll(events, row => row.Aggregate.Prefix) },
                new() { Value = Array.ConvertAll(events, row => row.Aggregate.Slot.Number) },
                new() { Value = Array.ConvertAll(events, row => row.Type) },
                new() { Value = Array.ConvertAll(events, row => row.Payload.ToByteArray()) },
                new() { Value = Array.ConvertAll(events, row => row.TraceParent), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = Array.ConvertAll(events, row => row.OccurredAt.ToUniversalTime()) },
                new() { Value = Array.ConvertAll(events, row => row.Feed?.Merchant.Value), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = Array.ConvertAll(events, row => (short?)row.Feed?.Mode), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
                new() { Value = (short)Outbox.Lanes },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }
}
