using System.Text;
using Confluent.Kafka;
using PayFlow.Kernel;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging.Inbox;

/// <summary>Copies of dead letters in <c>{topic}.dlq</c>, with who gave them up and why, for people and tools that watch Kafka.</summary>
internal static class DeadLetterTopic
{
    private const string Consumer = "payflow_consumer";
    private const string Reason = "payflow_reason";

    /// <summary>Copies a dead letter of the database.</summary>
    /// <exception cref="MessagingUnavailableException">The broker did not confirm.</exception>
    public static Task ProduceAsync(KafkaProducer kafka, DeadLetter letter, CancellationToken ct)
    {
        var dead = letter.Event;
        var headers = EventHeaders.Write(dead.Id, dead.Type, letter.Consumer, dead.Aggregate.ToString(), dead.Sequence, dead.Slot, dead.OccurredAt, dead.TraceParent);
        var message = new Message<string, byte[]> { Key = dead.Aggregate.ToString(), Value = dead.Payload.ToArray(), Headers = Blame(headers, letter.Consumer, letter.Reason) };
        return kafka.ProduceAsync(Topics.DeadLetter(dead.Topic), dead.Slot, message, ct);
    }

    /// <summary>Copies a message as it is, and tries until the broker has it: there is no other place for it.</summary>
    public static async Task ProduceAsync(KafkaProducer kafka, ConsumeResult<string, byte[]> message, string consumer, string reason, RetryPause pause, CancellationToken ct)
    {
        var copy = new Message<string, byte[]> { Key = message.Message.Key, Value = message.Message.Value, Headers = Blame(message.Message.Headers, consumer, reason) };
        while (true)
        {
            try
            {
                await kafka.ProduceAsync(Topics.DeadLetter(message.Topic), new Slot(message.Partition.Value % Slot.Count), copy, ct);
                return;
            }
            catch (MessagingUnavailableException)
            {
                await pause.WaitAsync(ct);
            }
        }
    }

    private static Headers Blame(Headers headers, string consumer, string reason)
    {
        headers.Remove(Consumer);
        headers.Remove(Reason);
        headers.Add(Consumer, Encoding.UTF8.GetBytes(consumer));
        headers.Add(Reason, Encoding.UTF8.GetBytes(reason));
        return headers;
    }
}
