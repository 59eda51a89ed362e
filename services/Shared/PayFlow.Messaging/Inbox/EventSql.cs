using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging.Inbox;

/// <summary>Events as the columns that <c>inbox_waiting</c> and <c>dead_letters</c> share.</summary>
internal static class EventSql
{
    /// <summary>The shared columns, in the order of <see cref="Parameters"/> and <see cref="ReadAsync"/>.</summary>
    public const string Columns = "topic, aggregate, sequence, prefix, type, kafka_partition, kafka_offset, payload, trace_parent, occurred_at";

    /// <summary>One array per column, for <c>unnest</c>.</summary>
    public static IEnumerable<NpgsqlParameter> Parameters(IReadOnlyList<ReceivedEvent> events)
    {
        yield return new() { Value = events.Select(row => row.Topic).ToArray() };
        yield return new() { Value = events.Select(row => row.Aggregate.Value).ToArray() };
        yield return new() { Value = events.Select(row => row.Sequence).ToArray() };
        yield return new() { Value = events.Select(row => row.Aggregate.Prefix).ToArray() };
        yield return new() { Value = events.Select(row => row.Type).ToArray() };
        yield return new() { Value = events.Select(row => row.Partition).ToArray() };
        yield return new() { Value = events.Select(row => row.Offset).ToArray() };
        yield return new() { Value = events.Select(row => row.Payload.ToArray()).ToArray() };
        yield return new() { Value = events.Select(row => row.TraceParent).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        yield return new() { Value = events.Select(row => row.OccurredAt.ToUniversalTime()).ToArray() };
    }

    /// <summary>Reads the shared columns, which begin at a position.</summary>
    public static async Task<ReceivedEvent> ReadAsync(NpgsqlDataReader reader, int at, CancellationToken ct)
    {
        var topic = reader.GetString(at);
        var aggregate = Id.From(reader.GetString(at + 3), reader.GetGuid(at + 1));
        var sequence = reader.GetInt64(at + 2);
        return new ReceivedEvent(
            topic, reader.GetInt32(at + 5), reader.GetInt64(at + 6), EventHeaders.EventId(topic, aggregate, sequence), reader.GetString(at + 4), aggregate, sequence,
            aggregate.Slot, reader.GetFieldValue<DateTimeOffset>(at + 9), reader.GetFieldValue<byte[]>(at + 7))
        {
            TraceParent = await reader.IsDBNullAsync(at + 8, ct) ? null : reader.GetString(at + 8),
        };
    }
}
