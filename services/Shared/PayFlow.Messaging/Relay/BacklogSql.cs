using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>How much of a lane waits to be published.</summary>
/// <param name="Shard">The shard's number.</param>
/// <param name="Lane">The lane's number.</param>
/// <param name="Owner">The relay that publishes it; null when nobody does right now.</param>
/// <param name="Epoch">How often it changed hands.</param>
/// <param name="Unpublished">Events that wait.</param>
/// <param name="OldestSeconds">How long the oldest of them waits, in seconds.</param>
internal sealed record LaneBacklog(int Shard, short Lane, string? Owner, long Epoch, long Unpublished, double OldestSeconds);

/// <summary>An aggregate whose next event can't be published.</summary>
internal sealed record ParkedAggregate(int Shard, string Topic, string Aggregate, long Sequence, string Type, string Reason, int Tries, DateTimeOffset ParkedAt, DateTimeOffset RetryAt);

/// <summary>What waits in the outbox, for people and for metrics.</summary>
internal static class BacklogSql
{
    public static async Task<List<LaneBacklog>> LanesAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            SELECT l.lane, CASE WHEN l.expires_at > now() THEN l.owner END, l.epoch, coalesce(q.unpublished, 0),
                   coalesce(extract(epoch FROM now() - o.written_at), 0)::double precision
              FROM outbox_lanes l
              LEFT JOIN (SELECT lane, count(*) AS unpublished, min(id) AS first FROM outbox_unpublished GROUP BY lane) q ON q.lane = l.lane
              LEFT JOIN outbox o ON o.id = q.first
             ORDER BY l.lane
            """);
        var lanes = new List<LaneBacklog>(Outbox.Lanes);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            lanes.Add(new LaneBacklog(
                shard.Number, reader.GetInt16(0), await reader.IsDBNullAsync(1, ct) ? null : reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetDouble(4)));
        }

        return lanes;
    }

    public static async Task<List<ParkedAggregate>> ParkedAsync(Shard shard, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            SELECT p.topic, o.prefix, p.aggregate, o.sequence, o.type, p.reason, p.tries, p.parked_at, p.retry_at
              FROM outbox_parked p JOIN outbox o ON o.id = p.id ORDER BY p.parked_at LIMIT $1
            """);
        command.Parameters.Add(new() { Value = limit });
        var parked = new List<ParkedAggregate>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            parked.Add(new ParkedAggregate(
                shard.Number, reader.GetString(0), Id.From(reader.GetString(1), reader.GetGuid(2)).ToString(), reader.GetInt64(3), reader.GetString(4), reader.GetString(5),
                reader.GetInt32(6), reader.GetFieldValue<DateTimeOffset>(7), reader.GetFieldValue<DateTimeOffset>(8)));
        }

        return parked;
    }
}
