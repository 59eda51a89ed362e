using System.Diagnostics;
using Google.Protobuf;
using PayFlow.Kernel;
using PayFlow.Messaging.Feeds;

namespace PayFlow.Messaging;

/// <summary>What happened to an aggregate, to be published when the transaction that writes it has committed.</summary>
/// <param name="Topic">One of <see cref="Topics"/>.</param>
/// <param name="Type">What happened: <c>payment.captured</c>.</param>
/// <param name="Aggregate">Whom it happened to. Its slot decides the partition; order is promised per aggregate and topic.</param>
/// <param name="Sequence">1, 2, 3 … per aggregate and topic, without gaps, counted under the aggregate's row lock.</param>
/// <param name="Payload">A message of <c>protos/payflow/events/v1</c>.</param>
/// <param name="OccurredAt">When it happened, UTC.</param>
public sealed record OutboxEvent(string Topic, string Type, Id Aggregate, long Sequence, IMessage Payload, DateTimeOffset OccurredAt)
{
    /// <summary>
    /// The W3C trace that the event belongs to: the current one. A consumer that publishes because of an event hands on
    /// <see cref="ReceivedEvent.TraceParent"/>, since a batch mixes many traces.
    /// </summary>
    public string? TraceParent { get; init; } = Activity.Current?.Id;

    /// <summary>Whose feed tells it, numbered there when it is published; null when it is nobody's business outside. Of the aggregate's own slot.</summary>
    public Feed? Feed { get; init; }
}
