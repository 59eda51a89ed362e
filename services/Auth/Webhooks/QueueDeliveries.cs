using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Events;
using PayFlow.Messaging;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>
/// Writes the deliveries of each endpoint. An endpoint is a reader of its merchant's feed like any other: it has a place in it, and the place moves on in the transaction
/// that writes the deliveries up to there. So each event is queued once, whoever dies when, and payments pay nothing for it.
/// </summary>
[SuppressMessage("Performance", "CA1812", Justification = "The container makes it.")]
internal sealed partial class QueueDeliveries(
    Shards shards, FeedSignal feeds, DeliverySignal deliveries, IOptions<WebhookOptions> options, TimeProvider time, ILogger<QueueDeliveries> logger) : BackgroundService
{
    private const int EndpointsAtOnce = 100;

    // Under load feeds move all the time; looking so often is enough.
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(50);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var wake = feeds.Next;   // before looking: what is numbered from now on is not slept over
            var queued = 0;
            foreach (var shard in shards.All)
            {
                try
                {
                    queued += await QueueAsync(shard, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(failure, shard.Number);
                }
            }

            if (queued == 0)
            {
                await Task.WhenAny(wake, Task.Delay(options.Value.Poll, time, stoppingToken));
            }

            await Task.Delay(Breath, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Queues a page for each endpoint of a shard that lags.</summary>
    /// <returns>How many endpoints moved on.</returns>
    internal async Task<int> QueueAsync(Shard shard, CancellationToken ct)
    {
        var moved = 0;
        foreach (var endpoint in await EndpointSql.FindLaggingAsync(shard, EndpointsAtOnce, ct))
        {
            if (await QueueAsync(shard, endpoint, ct))
            {
                moved++;
            }
        }

        return moved;
    }

    private async Task<bool> QueueAsync(Shard shard, LaggingEndpoint endpoint, CancellationToken ct)
    {
        var page = await FeedReader.ReadAsync(shard, endpoint.Feed, endpoint.Cursor, options.Value.Page, endpoint.Types, ct);
        if (page.HasForgottenAfter(endpoint.Cursor))
        {
            LogForgotten(endpoint.Id.ToString(), page.First - 1 - endpoint.Cursor);
        }

        var now = time.GetUtcNow();
        var slot = endpoint.Feed.Merchant.Slot;
        var queued = page.Events.Select(@event => new NewDelivery(
            Id.New(IdPrefix.WebhookDelivery, slot, now), Events.EventId.Of(endpoint.Feed, @event), @event.Type, EventView.Of(endpoint.Feed, @event).ToJson())).ToList();
        await using var transaction = await shard.BeginAsync(ct, slot);
        var to = page.Events.Count == options.Value.Page ? page.Events[^1].Number : page.Last;
        if (!await EndpointSql.TryMoveCursorAsync(transaction, endpoint, to, ct))
        {
            return false;   // another process was faster, or nothing is to be delivered to it any more
        }

        if (queued.Count > 0)
        {
            await DeliverySql.InsertAsync(transaction, endpoint.Id, queued, now, ct);
        }

        CrashPoint.Hit("auth.webhook.written");
        await transaction.CommitAsync(ct);
        CrashPoint.Hit("auth.webhook.queued");
        deliveries.Wake();
        return true;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Deliveries of shard {Shard} could not be queued; the next try comes soon")]
    private partial void LogFailed(Exception failure, int shard);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Endpoint} was not served for so long that {Count} events were forgotten before they were queued for it")]
    private partial void LogForgotten(string endpoint, long count);
}

/// <summary>Tells the workers of this process that there is something to deliver.</summary>
internal sealed class DeliverySignal : Signal;
