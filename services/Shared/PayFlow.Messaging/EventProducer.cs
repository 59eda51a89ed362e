using Google.Protobuf;
using PayFlow.Kernel;

namespace PayFlow.Messaging;

/// <summary>
/// Writes straight to a topic, for messages whose truth is elsewhere already (payments.ingest: the accepted row). Everything that tells of a change
/// goes through <see cref="Outbox"/>.
/// </summary>
public sealed class EventProducer
{
    /// <summary>Returns when all in-sync replicas have the message.</summary>
    /// <exception cref="MessagingUnavailableException">The broker did not confirm in time; it may have the message all the same.</exception>
    public Task ProduceAsync(string topic, Slot slot, string key, string type, IMessage payload, CancellationToken ct) =>
        ProduceAsync(topic, slot, key, type, payload.ToByteArray(), ct);

    /// <inheritdoc cref="ProduceAsync(string, Slot, string, string, IMessage, CancellationToken)"/>
    public Task ProduceAsync(string topic, Slot slot, string key, string type, byte[] payload, CancellationToken ct) => throw new NotSupportedException();
}

/// <summary>The broker did not confirm in time. Whether it has the message is unknown.</summary>
public sealed class MessagingUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
