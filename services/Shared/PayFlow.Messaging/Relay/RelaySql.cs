using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>An event of the outbox that is to be published.</summary>
internal sealed record OutboxRow(
    long Id, short Lane, string Topic, Id Aggregate, long Sequence, string Type, byte[] Payload, string? TraceParent, DateTimeOffset OccurredAt, bool WasParked, Feed? Feed);

/// <summary>Why an event was parked.</summary>
internal sealed record ParkedRow(OutboxRow Row, string Reason);

/// <summary>What a relay reads and writes in the outbox.</summary>
internal static class RelaySql
{
    /// <summary>
    /// The oldest unpublished events of each lane, in order. There is no cursor: rows become visible in the order of their commits, not of their ids.
    /// </summary>
    public static async Task<List<OutboxRow>> UnpublishedAsync(Shard shard, IReadOnlyList<short> lanes, int perLane, CancellationToken ct)
    {
        // The page is cut from the queue alone, in its own order, before the outbox is looked at: a plan that walked the outbox would read all that is kept.
        // For the same reason the parked ones are looked up by a subquery, which can't become a join.
        await using var command = shard.Source.CreateCommand("""
            SELECT o.id, l.lane, o.topic, o.prefix, o.aggregate, o.sequence, o.type, o.payload, o.trace_parent, o.occurred_at, p.topic IS NOT NULL, o.feed_merchant, o.feed_mode
              FROM unnest($1) AS l (lane)
             CROSS JOIN LATERAL (
                SELECT u.id
                  FROM outbox_unpublished u
                 WHERE u.lane = l.lane
                   AND coalesce((SELECT k.retry_at FROM outbox_parked k WHERE k.topic = u.topic AND k.aggregate = u.aggregate), '-infinity') <= now()
                 ORDER BY u.id
                 LIMIT $2
             ) q
              JOIN outbox o ON o.id = q.id
              LEFT JOIN outbox_parked p ON p.topic = o.topic AND p.aggregate = o.aggregate
            """);
        command.Parameters.Add(new() { Value = lanes.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint });
        command.Parameters.Add(new() { Value = perLane });
        var rows = new List<OutboxRow>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new OutboxRow(
                reader.GetInt64(0), reader.GetInt16(1), reader.GetString(2), Id.From(reader.GetString(3), reader.GetGuid(4)), reader.GetInt64(5), reader.GetString(6),
                reader.GetFieldValue<byte[]>(7), await reader.IsDBNullAsync(8, ct) ? null : reader.GetString(8), reader.GetFieldValue<DateTimeOffset>(9), reader.GetBoolean(10),
                await reader.IsDBNullAsync(11, ct) ? null : new Feed(Id.From(IdPrefix.Merchant, reader.GetGuid(11)), (Mode)reader.GetInt16(12))));
        }

        rows.Sort(static (a, b) => a.Id.CompareTo(b.Id));
        return rows;
    }

    /// <summary>Strikes off what was published, with its numbers in the feeds that tell it, and writes down what could not be. All of it or nothing.</summary>
    public static async Task SettleAsync(Shard shard, IReadOnlyList<OutboxRow> published, IReadOnlyList<ParkedRow> parked, TimeSpan retryAfter, CancellationToken ct)
    {
        await using var batch = shard.Source.CreateBatch();
        if (published.Any(row => row.Feed is not null))
        {
            batch.BatchCommands.Add(FeedSql.StrikeOffAndNumber(published));
        }
        else if (published.Count > 0)
        {
            batch.BatchCommands.Add(new("DELETE FROM outbox_unpublished q USING unnest($1, $2) AS done (lane, id) WHERE q.lane = done.lane AND q.id = done.id")
            {
                Parameters = { new() { Value = published.Select(row => row.Lane).ToArray() }, new() { Value = published.Select(row => row.Id).ToArray() } },
            });
        }

        var released = published.Where(row => row.WasParked).ToList();
        if (released.Count > 0)
        {
            batch.BatchCommands.Add(new("DELETE FROM outbox_parked WHERE id = ANY ($1)") { Parameters = { new() { Value = released.Select(row => row.Id).ToArray() } } });
        }

        if (parked.Count > 0)
        {
            batch.BatchCommands.Add(new("""
                INSERT INTO outbox_parked AS p (topic, aggregate, id, reason, retry_at)
                SELECT topic, aggregate, id, reason, now() + $5 FROM unnest($1, $2, $3, $4) AS stuck (topic, aggregate, id, reason) ORDER BY topic, aggregate
                ON CONFLICT (topic, aggregate) DO UPDATE SET id = excluded.id, reason = excluded.reason, retry_at = excluded.retry_at, tries = p.tries + 1
                """)
            {
                Parameters =
                {
                    new() { Value = parked.Select(stuck => stuck.Row.Topic).ToArray() },
                    new() { Value = parked.Select(stuck => stuck.Row.Aggregate.Value).ToArray() },
                    new() { Value = parked.Select(stuck => stuck.Row.Id).ToArray() },
                    new() { Value = parked.Select(stuck => stuck.Reason).ToArray() },
                    new() { Value = retryAfter },
                },
            });
        }

        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Queues kept events again, a page at a time.</summary>
    /// <returns>The page's last id and how many events it queued; null at the end.</returns>
    public static async Task<(long LastId, int Queued)?> QueueAgainAsync(Shard shard, DateTimeOffset? from, long afterId, int page, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            WITH page AS (SELECT id, slot, topic, aggregate, written_at FROM outbox WHERE id > $2 ORDER BY id LIMIT $3),
            queued AS (
                INSERT INTO outbox_unpublished (lane, id, topic, aggregate, again)
                SELECT slot % $4, id, topic, aggregate, true FROM page WHERE $1::timestamptz IS NULL OR written_at >= $1
                ON CONFLICT DO NOTHING
                RETURNING id
            )
            SELECT (SELECT max(id) FROM page), (SELECT count(*)::integer FROM queued)
            """);
        command.Parameters.Add(new() { Value = from?.ToUniversalTime() ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = afterId });
        command.Parameters.Add(new() { Value = page });
        command.Parameters.Add(new() { Value = (short)Outbox.Lanes });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return await reader.IsDBNullAsync(0, ct) ? null : (reader.GetInt64(0), reader.GetInt32(1));
    }

    /// <summary>Tries parked events again now.</summary>
    public static async Task ReleaseAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("UPDATE outbox_parked SET retry_at = now()");
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>
    /// Deletes published events that are older than kept, from one page of the oldest. Ids grow with time, so the page is found without an index on it. What a
    /// feed tells goes in the feed's own order, from its beginning, so that what is left of it has no gaps.
    /// </summary>
    /// <returns>The page's last id when there may be more; null when a younger event was met or none was left.</returns>
    public static async Task<long?> ForgetAsync(Shard shard, TimeSpan kept, long afterId, int page, CancellationToken ct)
    {
        if (!await IsOldAsync(shard, kept, afterId, ct))
        {
            return null;   // nearly always; the page would be read for nothing
        }

        await using var command = shard.Source.CreateCommand("""
            WITH page AS (
                SELECT id, slot, written_at < now() - $1 AS is_old, feed_merchant AS merchant, feed_mode AS mode FROM outbox WHERE id > $2 ORDER BY id LIMIT $3
            ), forgotten AS (
                DELETE FROM outbox o USING page
                 WHERE o.id = page.id AND page.is_old AND page.merchant IS NULL
                   AND NOT EXISTS (SELECT FROM outbox_unpublished q WHERE q.lane = page.slot % $4 AND q.id = page.id)
            ), beginnings AS (
                SELECT feed.merchant, feed.mode, told.number, told.event, bool_and(told.is_old) OVER (PARTITION BY feed.merchant, feed.mode ORDER BY told.number) AS goes
                  FROM (SELECT merchant, mode, count(*) AS old FROM page WHERE is_old AND merchant IS NOT NULL GROUP BY merchant, mode) feed
                 CROSS JOIN LATERAL (
                    SELECT e.number, e.event,
                           (SELECT o.written_at < now() - $1 AND NOT EXISTS (SELECT FROM outbox_unpublished q WHERE q.lane = o.slot % $4 AND q.id = o.id)
                              FROM outbox o WHERE o.id = e.event) AS is_old
                      FROM feed_events e
                     WHERE e.merchant = feed.merchant AND e.mode = feed.mode
                     ORDER BY e.number
                     LIMIT feed.old
                 ) told
            ), untold AS (
                DELETE FROM feed_events e USING beginnings b
                 WHERE b.goes AND e.merchant = b.merchant AND e.mode = b.mode AND e.number = b.number
                RETURNING e.event
            ), told_and_forgotten AS (
                DELETE FROM outbox o USING untold WHERE o.id = untold.event
            )
            SELECT CASE WHEN bool_and(is_old) AND count(*) = $3 THEN max(id) END FROM page
            """);
        command.Parameters.Add(new() { Value = kept });
        command.Parameters.Add(new() { Value = afterId });
        command.Parameters.Add(new() { Value = page });
        command.Parameters.Add(new() { Value = (short)Outbox.Lanes });
        return await command.ExecuteScalarAsync(ct) as long?;
    }

    private static async Task<bool> IsOldAsync(Shard shard, TimeSpan kept, long afterId, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT written_at < now() - $1 FROM outbox WHERE id > $2 ORDER BY id LIMIT 1");
        command.Parameters.Add(new() { Value = kept });
        command.Parameters.Add(new() { Value = afterId });
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
