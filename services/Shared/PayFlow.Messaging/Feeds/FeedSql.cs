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
    public static NpgsqlBatchCommand StrikeOffAndNumber(IReadOnlyList<OutboxRow> published) => new("""
        WITH struck AS (
            DELETE FROM outbox_unpublished q USING unnest($1, $2, $3, $4) AS done (lane, id, merchant, mode) WHERE q.lane = done.lane AND q.id = done.id
            RETURNING q.id, q.again, done.merchant, done.mode
        ), told AS (
            SELECT merchant, mode, id, row_number() OVER (PARTITION BY merchant, mode ORDER BY id) AS place, count(*) OVER (PARTITION BY merchant, mode) AS events
              FROM struck WHERE NOT again AND merchant IS NOT NULL
        ), moved AS (
            INSERT INTO feeds AS f (merchant, mode, last)
            SELECT merchant, mode, count(*) FROM told GROUP BY merchant, mode ORDER BY merchant, mode
            ON CONFLICT (merchant, mode) DO UPDATE SET last = f.last + excluded.last
            RETURNING merchant, mode, last
        )
        -- Every row has its partner; but a full join is never a loop in a loop, whatever is guessed of how many there are.
        INSERT INTO feed_events (merchant, mode, number, event)
        SELECT merchant, mode, moved.last - told.events + told.place, told.id FROM told FULL JOIN moved USING (merchant, mode)
        """)
    {
        Parameters =
        {
            new() { Value = published.Select(row => row.Lane).ToArray() },
            new() { Value = published.Select(row => row.Id).ToArray() },
            new() { Value = published.Select(row => row.Feed?.Merchant.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
            new() { Value = published.Select(row => (short?)row.Feed?.Mode).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Smallint },
        },
    };

    // One statement, so one snapshot: bounds and events belong together. The outbox is looked up event by event, by a subquery that can't become a join: a plan that
    // sorted or hashed it would read all that is kept for a page.
    public static async Task<FeedPage> ReadAsync(Shard shard, Feed feed, long after, int limit, IReadOnlyCollection<string>? types, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            SELECT bounds.first, bounds.last, page.number, page.topic, page.type, page.prefix, page.aggregate, page.sequence, page.payload, page.occurred_at
              FROM (SELECT coalesce((SELECT min(number) FROM feed_events WHERE merchant = $1 AND mode = $2), last + 1) AS first, last
                      FROM (SELECT coalesce((SELECT last FROM feeds WHERE merchant = $1 AND mode = $2), 0) AS last) f) bounds
              LEFT JOIN (
                SELECT e.number, told.*
                  FROM feed_events e
                 CROSS JOIN LATERAL (
                    SELECT o.topic, o.type, o.prefix, o.aggregate, o.sequence, o.payload, o.occurred_at
                      FROM outbox o WHERE o.id = e.event AND ($4::text[] IS NULL OR o.type = ANY ($4)) LIMIT 1
                 ) told
                 WHERE e.merchant = $1 AND e.mode = $2 AND e.number > $3
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
