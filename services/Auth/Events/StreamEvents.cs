using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Events;

/// <summary><c>GET /v1/events/stream</c>: the merchant's feed as server-sent events, from now on or on from the last that the client saw.</summary>
internal sealed partial class StreamEvents(
    LiveFeeds live, Shards shards, IHostApplicationLifetime lifetime, IOptions<EventStreamOptions> options, TimeProvider time, ILogger<StreamEvents> logger)
{
    private const string Header = "Last-Event-ID";
    private const string Parameter = "last_event_id";

    private static readonly Refusal TooMany = new(RefusalKind.RateLimited, "too_many_streams", "This merchant has as many streams open as it may. Close one, or share one among its readers.")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
    };

    public async Task<IResult> HandleAsync(Caller caller, HttpContext http, CancellationToken ct)
    {
        var feed = new Feed(caller.MerchantId, caller.Mode);
        var read = RequestQuery.Read(http.Request, query => (After: After(http.Request, query, feed), Types: Cursors.Types(query)));
        if (!read.TryGet(out var asked, out var invalid))
        {
            return Problem.From(invalid);
        }

        var shard = shards.For(caller.Slot);
        if (asked.After is { } after && (await FeedReader.ReadAsync(shard, feed, after, 1, null, ct)).HasForgottenAfter(after))
        {
            return Cursors.TooOld();
        }

        using var listener = await live.ListenAsync(feed, asked.Types, ct);
        if (listener is null)
        {
            return Problem.From(TooMany);
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(ct, lifetime.ApplicationStopping);
        end.CancelAfter(options.Value.MaxAge);
        await TellAsync(http, shard, listener, asked.After ?? listener.Restart(), end.Token);   // "now" is before the client knows that it is connected
        return Results.Empty;
    }

    // The header is what a browser sends by itself; the parameter is for those who can't set headers.
    private static long? After(HttpRequest request, RequestQuery query, Feed feed)
    {
        var parameter = Cursors.Read(query, Parameter, feed);
        return request.Headers[Header] is [{ Length: > 0 } text] ? Cursors.Read(text, feed, query, Header) : parameter;
    }

    private async Task TellAsync(HttpContext http, Shard shard, Listener listener, long position, CancellationToken ct)
    {
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
        {
            rate.MinDataRate = null;   // a slow client loses events and is told so, rather than its connection
        }

        var writer = new EventStreamWriter(http.Response, listener.Live.Feed, options.Value.SendTimeout, time);
        try
        {
            await writer.OpenAsync(options.Value.ComeBackAfter, ct);
            await TellAsync(writer, shard, listener, position, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return;   // the client left, the service stops, or the stream is old enough: it comes back with the last id it saw
        }
        catch (TimeoutException)
        {
            http.Abort();   // it takes nothing, so there is no way to say goodbye
        }
        catch (Exception failure) when (DatabaseFailure.IsInfrastructure(failure))
        {
            LogCutOff(failure, listener.Live.Feed.Merchant.ToString());
        }
    }

    private async Task TellAsync(EventStreamWriter writer, Shard shard, Listener listener, long position, CancellationToken ct)
    {
        // What was before is read from the database at the client's own pace; what comes meanwhile collects. Was that too much, it is read, too.
        do
        {
            position = await CatchUpAsync(writer, shard, listener, position, until: listener.Restart(), ct);
        }
        while (!listener.Buffer.TryGoOnAfter(position));

        while (true)
        {
            if (!await listener.Buffer.WaitAsync(options.Value.Heartbeat, time, ct))
            {
                await writer.HeartbeatAsync(ct);
                continue;
            }

            var (dropped, frames) = listener.Buffer.Take();
            if (dropped is not null)
            {
                writer.Write(dropped);
            }

            foreach (var frame in frames)
            {
                writer.Write(frame);
            }

            await writer.FlushAsync(ct);
        }
    }

    private async Task<long> CatchUpAsync(EventStreamWriter writer, Shard shard, Listener listener, long position, long until, CancellationToken ct)
    {
        var feed = listener.Live.Feed;
        while (position < until)
        {
            var page = await FeedReader.ReadAsync(shard, feed, position, options.Value.Page, listener.Types, ct);
            foreach (var @event in page.Events)
            {
                writer.Write(Frame.Of(feed, @event));
            }

            await writer.FlushAsync(ct);
            position = page.Events.Count == options.Value.Page ? page.Events[^1].Number : page.Last;
        }

        return position;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A stream of {Merchant} was ended, because its events could not be read; its client comes back")]
    private partial void LogCutOff(Exception failure, string merchant);
}
