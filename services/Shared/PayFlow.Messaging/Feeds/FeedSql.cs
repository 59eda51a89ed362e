using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Relay;
using PayFlow.Storage;

namespace PayFlow.Messaging.Feeds;

/// <summary>Statements on the tables <c>feeds</c> and <c>feed_events</c>.</summary>
internal static class FeedSql
{
    /// <summary>
    /// Strikes published events off the queue, and gives those their number that are struck off for the first time. The deletion decides who numbers: of two relays
    /// that publish the same event only one deletes its row. The feeds' rows stay locked until the commit, so numbers become visible in their order.
    /// </summary>
    public static NpgsqlBatchCommand StrikeOffAndNumber(IReadOnlyList<OutboxRow> published)
    {
        var told = published.Where(row => row.Feed is not null).ToList();
        return new NpgsqlBatchCommand("""
            WITH struck AS (
                DELETE FROM outbox_unpublished q USING unnest($1, $2) AS done (lane, id) WHERE q.lane = done.lane AND q.id = done.id
                RETURNING q.id, q.again
            ), told AS (
                SELECT event.merchant, event.mode, event.id, row_number() OVER (PARTITION BY event.merchant, event.mode ORDER BY event.id) AS place
                  FROM unnest($3, $4, $5) AS event (id, merchant, mode)
                  JOIN struck ON struck.id = event.id AND NOT struck.again
            ), moved AS (
                INSERT INTO feeds AS f (merchant, mode, last)
                SELECT merchant, mode, count(*) FROM told GROUP BY merchant, mode ORDER BY merchant, mode
                ON CONFLICT (merchant, mode) DO UPDATE SET last = f.last + excluded.last
                RETURNING merchant, mode, last
            )
            INSERT INTO feed_events (merchant, mode, number, event)
            SELECT merchant, mode, moved.last - count(*) OVER (PARTITION BY merchant, mode) + told.place, told.id FROM told JOIN moved USING (merchant, mode)
            """)
        {
            Parameters =
            {
                new() { Value = published.Select(row => row.Lane).ToArray() },
                new() { Value = published.Select(row => row.Id).ToArray() },
                new() { Value = told.Select(row => row.Id).ToArray() },
                new() { Value = told.Select(row => row.Feed!.Value.Merchant.Value).ToArray() },
                new() { Value = told.Select(row => (short)row.Feed!.Value.Mode).ToArray() },
            },
        };
    }

    // One statement, so one snapshot: bounds and events belong together.
    public static async Task<FeedPage> ReadAsync(Shard shard, Feed feed, long after, int limit, IReadOnlyCollection<string>? types, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            SELECT bounds.first, bounds.last, page.number, page.topic, page.type, page.prefix, page.aggregate, page.sequence, page.payload, page.occurred_at
              FROM (SELECT coalesce((SELECT min(number) FROM feed_events WHERE merchant = $1 AND mode = $2), last + 1) AS first, last
                      FROM (SELECT coalesce((SELECT last FROM feeds WHERE merchant = $1 AND mode = $2), 0) AS last) f) bounds
              LEFT JOIN (
                SELECT e.number, o.topic, o.type, o.prefix, o.aggregate, o.sequence, o.payload, o.occurred_at
                  FROM feed_events e JOIN outbox o ON o.id = e.event
                 WHERE e.merchant = $1 AND e.mode = $2 AND e.number > $3 AND ($4::text[] IS NULL OR o.type = ANY ($4))
                 ORDER BY e.number
                 LIMIT $5
              ) page ON true
             ORDER BY page.number
            """);
        command.Parameters.Add(new() { Value = feed.Merchant.Value });
        command.Parameters.Add(new() { Value = (short)feed.Mode });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = types?.ToArray() ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit });
        var (first, last) = (1L, 0L);
        var events = new List<FeedEvent>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            (first, last) = (reader.GetInt64(0), reader.GetInt64(1));
            if (!await reader.IsDBNullAsync(2, ct))
            {
                events.Add(new FeedEvent(
                    reader.GetInt64(2), reader.GetString(3), reader.GetString(4), Id.From(reader.GetString(5), reader.GetGuid(6)), reader.GetInt64(7),
                    reader.GetFieldValue<byte[]>(8), reader.GetFieldValue<DateTimeOffset>(9)));
            }
        }

        return new FeedPage(first, last, events);
    }

    public static async Task<IReadOnlyList<(Feed Feed, long Last)>> LastAsync(Shard shard, IReadOnlyCollection<Feed> feeds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            "SELECT f.merchant, f.mode, f.last FROM unnest($1, $2) AS asked (merchant, mode) JOIN feeds f ON f.merchant = asked.merchant AND f.mode = asked.mode");
        command.Parameters.Add(new() { Value = feeds.Select(feed => feed.Merchant.Value).ToArray() });
        command.Parameters.Add(new() { Value = feeds.Select(feed => (short)feed.Mode).ToArray() });
        var lasts = new List<(Feed, long)>(feeds.Count);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            lasts.Add((new Feed(Id.From(IdPrefix.Merchant, reader.GetGuid(0)), (Mode)reader.GetInt16(1)), reader.GetInt64(2)));
        return lasts;
    }
}
