using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Events;

/// <summary>Writes server-sent events (text/event-stream, WHATWG HTML).</summary>
internal sealed class EventStreamWriter(HttpResponse response, Feed feed, TimeSpan patience, TimeProvider time)
{
    public Task OpenAsync(TimeSpan comeBackAfter, CancellationToken ct)
    {
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-cache, no-transform";
        response.Headers["X-Accel-Buffering"] = "no";   // for proxies that would collect it
        Write(string.Create(CultureInfo.InvariantCulture, $"retry: {(long)comeBackAfter.TotalMilliseconds}\n: connected\n\n"));
        return FlushAsync(ct);
    }

    public Task HeartbeatAsync(CancellationToken ct)
    {
        Write(": heartbeat\n\n");
        return FlushAsync(ct);
    }

    public void Write(Frame frame) => response.BodyWriter.Write(frame.Text.Span);

    /// <summary>Says what the client did not get, and where it finds it. Its id moves the cursor on: what was told of is not sent again.</summary>
    public void Write(Dropped dropped)
    {
        var last = EventId.Of(feed, dropped.Last.Number, dropped.Last.OccurredAt);
        var notice = new DroppedView(dropped.Count, EventId.Of(feed, dropped.First.Number - 1, dropped.First.OccurredAt), last);
        Write($"id: {last}\nevent: dropped\ndata: {JsonSerializer.Serialize(notice, ApiJson.Options)}\n\n");
    }

    /// <exception cref="TimeoutException">The client took nothing for too long.</exception>
    public async Task FlushAsync(CancellationToken ct) => await response.BodyWriter.FlushAsync(ct).AsTask().WaitAsync(patience, time, ct);

    private void Write(string text) => response.BodyWriter.Write(Encoding.UTF8.GetBytes(text));
}

/// <summary>The data of the stream's event <c>dropped</c>.</summary>
/// <param name="Count">How many events, of the types asked for.</param>
/// <param name="StartingAfter">The list finds them after this cursor …</param>
/// <param name="Until">… up to this event.</param>
internal sealed record DroppedView(long Count, Id StartingAfter, Id Until);
