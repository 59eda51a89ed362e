using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Auth.Events;

/// <summary>
/// The feeds that are listened to in this process. One reader for all: it wakes when this process's relay has numbered something, polls for what others' have, asks
/// once per shard how far the feeds are, and reads each that moved once, however many clients hear it.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "The container makes it.")]
internal sealed partial class LiveFeeds(Shards shards, FeedSignal signal, IOptions<EventStreamOptions> options, TimeProvider time, ILogger<LiveFeeds> logger) : BackgroundService
{
    // Events come in bursts; a look for each would be more work than the events.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<Feed, LiveFeed> live = [];
    private int listeners;

    /// <summary>Listens to a feed from now on.</summary>
    /// <returns>Null when the merchant, or this process, has as many streams as it may.</returns>
    public async Task<Listener?> ListenAsync(Feed feed, IReadOnlyCollection<string>? types, CancellationToken ct)
    {
        var last = (await FeedReader.LastAsync(shards.For(feed.Merchant.Slot), [feed], ct)) is [var known] ? known.Last : 0;
        lock (gate)
        {
            if (!live.TryGetValue(feed, out var found))
            {
                found = new LiveFeed(feed, last);
            }

            if (found.Listeners >= options.Value.MaxPerMerchant || listeners >= options.Value.MaxInAll)
            {
                return null;
            }

            var listener = new Listener(found, types, options.Value.Buffer, Leave);
            found.Add(listener);
            live[feed] = found;
            listeners++;
            return listener;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wake = signal.Next;   // before looking: what is numbered from now on is not slept over
            var hasMore = false;
            try
            {
                hasMore = await LookAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }

            if (!hasMore)
            {
                await Task.WhenAny(wake, Task.Delay(options.Value.Poll, time, stoppingToken));
            }

            await Task.Delay(Breath, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> LookAsync(CancellationToken ct)
    {
        List<LiveFeed> heard;
        lock (gate)
        {
            heard = [.. live.Values];
        }

        var hasMore = false;
        foreach (var onShard in heard.GroupBy(feed => shards.Find(feed.Feed.Merchant.Slot)))
        {
            if (onShard.Key is not { } shard)
            {
                continue;   // it is being moved; its listeners hear on when it is there
            }

            var lasts = (await FeedReader.LastAsync(shard, [.. onShard.Select(feed => feed.Feed)], ct)).ToDictionary(feed => feed.Feed, feed => feed.Last);
            foreach (var feed in onShard.Where(feed => lasts.GetValueOrDefault(feed.Feed) > feed.Position))
            {
                hasMore |= await ReadOnAsync(shard, feed, ct);
            }
        }

        return hasMore;
    }

    // One page, then others have their turn. Half a buffer at most: however much comes at once, a client that keeps up loses nothing.
    private async Task<bool> ReadOnAsync(Shard shard, LiveFeed feed, CancellationToken ct)
    {
        var limit = Math.Clamp(options.Value.Buffer / 2, 1, options.Value.Page);
        var page = await FeedReader.ReadAsync(shard, feed.Feed, feed.Position, limit, types: null, ct);
        if (page.Events.Count > 0)
        {
            feed.Offer([.. page.Events.Select(@event => Frame.Of(feed.Feed, @event))]);
        }

        return page.Events.Count == limit;
    }

    private void Leave(Listener listener)
    {
        lock (gate)
        {
            listener.Live.Remove(listener);
            listeners--;
            if (listener.Live.Listeners == 0)
            {
                live.Remove(listener.Live.Feed);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Feeds could not be read on for those who listen; the next try comes soon")]
    private partial void LogFailed(Exception failure);
}
