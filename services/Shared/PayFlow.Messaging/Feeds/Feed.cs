using PayFlow.Kernel;

namespace PayFlow.Messaging.Feeds;

/// <summary>Names a feed: what one merchant is told, test and live apart.</summary>
/// <param name="Merchant">Its slot is that of every event in the feed.</param>
public readonly record struct Feed(Id Merchant, Mode Mode);

/// <summary>An event in a feed.</summary>
/// <param name="Number">1, 2, 3 … in the feed, without gaps.</param>
/// <param name="Sequence">1, 2, 3 … of its aggregate and topic; not every one of them need be told to the merchant.</param>
/// <param name="Payload">The message that the topic carries.</param>
public sealed record FeedEvent(long Number, string Topic, string Type, Id Aggregate, long Sequence, ReadOnlyMemory<byte> Payload, DateTimeOffset OccurredAt);

/// <summary>A stretch of a feed, and where the feed begins and ends, all of one moment.</summary>
/// <param name="First">The lowest number that is still kept; <see cref="Last"/> + 1 when none is.</param>
/// <param name="Last">The highest number that was given; 0 before the first.</param>
public sealed record FeedPage(long First, long Last, IReadOnlyList<FeedEvent> Events)
{
    /// <summary>Whether something that comes after a number is no longer kept.</summary>
    public bool HasForgottenAfter(long number) => number < First - 1;
}
