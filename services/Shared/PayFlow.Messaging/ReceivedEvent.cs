using Google.Protobuf;
using PayFlow.Kernel;

namespace PayFlow.Messaging;

/// <summary>An event as it came from a topic.</summary>
/// <param name="Topic">The topic it came from.</param>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Offset">The offset in the partition.</param>
/// <param name="Id">CloudEvents id: the same when the event is published again.</param>
/// <param name="Type">What happened: <c>payment.captured</c>.</param>
/// <param name="Aggregate">Whom it happened to.</param>
/// <param name="Sequence">1, 2, 3 … per aggregate and topic; 0 for what was produced directly.</param>
/// <param name="Slot">The aggregate's slot.</param>
/// <param name="OccurredAt">When it happened, UTC.</param>
/// <param name="Payload">The protobuf message.</param>
public sealed record ReceivedEvent(
    string Topic, int Partition, long Offset, string Id, string Type, Id Aggregate, long Sequence, Slot Slot, DateTimeOffset OccurredAt, ReadOnlyMemory<byte> Payload)
{
    /// <summary>The W3C trace of the transaction that wrote the event.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The payload as a message.</summary>
    /// <exception cref="PoisonEventException">The bytes are no such message.</exception>
    public T Read<T>() where T : IMessage<T>, new()
    {
        try
        {
            return Parser<T>.Instance.ParseFrom(Payload.Span);
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new PoisonEventException(this, $"The payload is no {typeof(T).Name}.", malformed);
        }
    }

    private static class Parser<T> where T : IMessage<T>, new()
    {
        public static readonly MessageParser<T> Instance = new(() => new T());
    }
}
