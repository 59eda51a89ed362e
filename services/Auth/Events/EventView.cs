using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Events;

/// <summary>An event as a merchant sees it: in the list, in the stream and in the body of a webhook.</summary>
public sealed record EventView
{
    [Description("Also the cursor: starting_after of the list, Last-Event-ID of the stream, webhook-id of a delivery.")]
    public required Id Id { get; init; }

    public string Object { get; init; } = "event";

    public required string Type { get; init; }

    [Description("Grows with every change of the thing that the event is about: of two events of one payment the one with the higher sequence happened later. It may skip numbers.")]
    public required long Sequence { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required Mode Mode { get; init; }

    [Description("The thing that it is about, as it was then, and what happened to it.")]
    public required JsonObject Data { get; init; }

    public static EventView Of(Feed feed, FeedEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        return new EventView
        {
            Id = EventId.Of(feed, @event),
            Type = @event.Type,
            Sequence = @event.Sequence,
            CreatedAt = @event.OccurredAt,
            Mode = feed.Mode,
            Data = EventData.Of(@event),
        };
    }

    /// <summary>One line of JSON, UTF-8.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ApiJson.Options);
}
