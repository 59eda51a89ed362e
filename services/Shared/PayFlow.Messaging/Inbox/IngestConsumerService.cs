using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging.Inbox;

/// <summary>Hands messages over to one who keeps their truth elsewhere. There is no inbox, so the same message may come twice.</summary>
internal sealed partial class IngestConsumerService(
    string name, string topic, IIngestConsumer consumer, KafkaProducer kafka, IConfiguration configuration, MessagingOptions options, TimeProvider time, ILogger<IngestConsumerService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var messages = new BatchConsumer(name, [topic], KafkaProducer.Bootstrap(configuration), HandleAsync, options, logger);
        using var meter = new Meter(MessagingTelemetry.Name);
        KeyValuePair<string, object?> tag = new("consumer", name);
        meter.CreateObservableGauge("payflow.consumer.lag", () => messages.Lag().Select(lag => new Measurement<long>(lag.Messages, tag, new("topic", lag.Topic))), "{message}", "Messages that are not handed over yet, of this process's partitions.");
        await messages.RunAsync(stop);
    }

    private async Task HandleAsync(IReadOnlyList<ConsumeResult<string, byte[]>> messages, CancellationToken ct)
    {
        var events = new List<(ReceivedEvent Event, ConsumeResult<string, byte[]> Message)>(messages.Count);
        foreach (var message in messages)
        {
            if (EventHeaders.TryRead(message, out var received, out var reason))
                events.Add((received, message));
            else
                await SetAsideAsync(message, reason, ct);
        }

        var pause = new RetryPause(options, time);
        var isAway = false;
        while (events.Count > 0)
        {
            try
            {
                await HandOverAsync([.. events.Select(pair => pair.Event)], ct);
                CrashPoint.Hit("ingest.consumer.handed");
                break;
            }
            catch (PoisonEventException poison) when (events.Find(pair => pair.Event == poison.Event) is { Message: not null } dead)
            {
                await SetAsideAsync(dead.Message, poison.Message, ct);
                events.Remove(dead);
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                if (!isAway)
                    LogAway(failure, name);
                isAway = true;
                await pause.WaitAsync(ct);
            }
        }

        if (isAway)
            LogBack(name);
    }

    private async Task HandOverAsync(IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        using var trace = new EventTrace(name, events);
        try
        {
            await consumer.HandOverAsync(events, ct);
        }
        catch (Exception refusal)
        {
            trace.Fail(refusal);
            throw;
        }
    }

    private async Task SetAsideAsync(ConsumeResult<string, byte[]> message, string reason, CancellationToken ct)
    {
        LogSetAside(name, message.Topic, message.Partition.Value, message.Offset.Value, reason);
        MessagingTelemetry.Unreadable.Add(1, new KeyValuePair<string, object?>("consumer", name));
        await DeadLetterTopic.ProduceAsync(kafka, message, name, reason, new RetryPause(options, time), ct);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer}: {Topic}[{Partition}]@{Offset} can't be handed over and goes to the dead-letter topic: {Reason}")]
    private partial void LogSetAside(string consumer, string topic, int partition, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Consumer} can't hand over; the messages are kept")]
    private partial void LogAway(Exception failure, string consumer);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Consumer} hands over again")]
    private partial void LogBack(string consumer);
}
