using PayFlow.Storage;

namespace PayFlow.Messaging.Feeds;

/// <summary>
/// Reads feeds. Who has seen number n never later finds one below it: numbers are given at publication, one commit after the other, so a feed can be read by
/// cursor although the outbox can't.
/// </summary>
public static class FeedReader
{
    /// <summary>Reads on after a number, in order.</summary>
    /// <param name="types">Only events of these types; null: all.</param>
    public static Task<FeedPage> ReadAsync(Shard shard, Feed feed, long after, int limit, IReadOnlyCollection<string>? types, CancellationToken ct) =>
        FeedSql.ReadAsync(shard, feed, after, limit, types, ct);

    /// <summary>One event; null when the feed has no such number, or not any more.</summary>
    public static async Task<FeedEvent?> FindAsync(Shard shard, Feed feed, long number, CancellationToken ct) =>
        (await FeedSql.ReadAsync(shard, feed, number - 1, 1, null, ct)).Events is [var found] && found.Number == number ? found : null;

    /// <summary>The highest number of each of some feeds of a shard; feeds that have none yet are left out.</summary>
    public static Task<IReadOnlyList<(Feed Feed, long Last)>> LastAsync(Shard shard, IReadOnlyCollection<Feed> feeds, CancellationToken ct) =>
        FeedSql.LastAsync(shard, feeds, ct);
}
