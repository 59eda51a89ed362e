using System.Diagnostics;
using Confluent.Kafka;
using Google.Protobuf;
using Microsoft.Extensions.Hosting;
using PayFlow.Kernel;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging;

/// <summary>
/// Writes straight to a topic, for messages whose truth is elsewhere already (payments.ingest: the accepted row). Everything that tells of a change
/// goes through <see cref="Outbox"/>.
/// </summary>
public sealed class EventProducer
{
    private readonly KafkaProducer _kafka;
    private readonly TimeProvider _time;
    private readonly string _source;

    internal EventProducer(KafkaProducer kafka, TimeProvider time, IHostEnvironment host)
    {
        _kafka = kafka;
        _time = time;
        _source = host.ApplicationName;
    }

    /// <summary>Returns when all in-sync replicas have the message.</summary>
    /// <param name="topic">One of <see cref="Topics"/>.</param>
    /// <param name="slot">Decides the partition.</param>
    /// <param name="key">The id of what the message is about: <c>pay_…</c>.</param>
    /// <param name="type">What kind of message it is.</param>
    /// <param name="payload">The message.</param>
    /// <param name="ct">Stops waiting; the message may still be sent.</param>
    /// <exception cref="MessagingUnavailableException">The broker did not confirm in time; it may have the message all the same.</exception>
    public Task ProduceAsync(string topic, Slot slot, string key, string type, IMessage payload, CancellationToken ct) =>
        ProduceAsync(topic, slot, key, type, payload.ToByteArray(), ct);

    /// <inheritdoc cref="ProduceAsync(string, Slot, string, string, IMessage, CancellationToken)"/>
    public async Task ProduceAsync(string topic, Slot slot, string key, string type, byte[] payload, CancellationToken ct)
    {
        using var activity = MessagingTelemetry.Source.StartActivity($"publish {topic}", ActivityKind.Producer);
        var message = new Message<string, byte[]>
        {
            Key = key,
            Value = payload,
            Headers = EventHeaders.Write(key, type, _source, key, sequence: 0, slot, _time.GetUtcNow(), Activity.Current?.Id),
        };
        await _kafka.ProduceAsync(topic, slot, message, ct);
    }
}

/// <summary>The broker did not confirm in time, or does not have the topic. Whether it has the message is unknown.</summary>
public sealed class MessagingUnavailableException(string message, Exception? inner = null) : UnavailableException(message, inner);
