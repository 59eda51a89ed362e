using System.Globalization;
using System.Text;
using Confluent.Kafka;
using PayFlow.Kernel;
using PayFlow.Messaging;

namespace PayFlow.Testing;

/// <summary>A broker of the test's own with all topics of PayFlow, and a hand that writes and reads events as any other service's relay does.</summary>
public sealed class Broker : IAsyncDisposable
{
    private const int Partitions = 4;

    private readonly KafkaServer _server;
    private readonly IProducer<string, byte[]> _producer;

    private Broker(KafkaServer server)
    {
        _server = server;
        _producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = server.Address, LingerMs = 0, Acks = Acks.All }).Build();
    }

    public string Address => _server.Address;

    public static async Task<Broker> StartAsync()
    {
        var server = await KafkaServer.StartNewAsync(KafkaKind.Embedded);
        await server.CreateTopicsAsync([.. Topics.All, .. Topics.All.Select(Topics.DeadLetter)], Partitions);
        return new Broker(server);
    }

    /// <summary>Publishes an event in CloudEvents' binary mode, in the partition of its slot.</summary>
    public async Task PublishAsync(params ReceivedEvent[] events)
    {
        foreach (var published in events)
        {
            var headers = new Headers();
            foreach (var (name, value) in new (string, string?)[]
            {
                ("ce_specversion", "1.0"), ("ce_id", published.Id), ("ce_type", published.Type), ("ce_source", "tests"), ("ce_subject", published.Aggregate.ToString()),
                ("ce_time", published.OccurredAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("ce_slot", published.Slot.ToString()),
                ("ce_sequence", published.Sequence.ToString(CultureInfo.InvariantCulture)), ("traceparent", published.TraceParent),
            })
            {
                if (value is not null)
                    headers.Add(name, Encoding.UTF8.GetBytes(value));
            }

            await _producer.ProduceAsync(
                new TopicPartition(published.Topic, published.Slot.Partition(Partitions)),
                new Message<string, byte[]> { Key = published.Aggregate.ToString(), Value = published.Payload.ToArray(), Headers = headers });
        }
    }

    /// <summary>Reads a topic from its beginning until a message of an aggregate with a sequence number is there; answers all of that aggregate.</summary>
    public List<(long Sequence, string Type, byte[] Payload)> ReadUntil(string topic, Id aggregate, long sequence)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig { BootstrapServers = Address, GroupId = "tests", EnableAutoCommit = false, FetchWaitMaxMs = 20 }).Build();
        consumer.Assign(new TopicPartitionOffset(topic, aggregate.Slot.Partition(Partitions), Offset.Beginning));
        var messages = new List<(long Sequence, string Type, byte[] Payload)>();
        while (messages.Count == 0 || messages[^1].Sequence < sequence)
        {
            var message = consumer.Consume(TimeSpan.FromSeconds(20)) ?? throw new TimeoutException($"{topic} ends before event {sequence} of {aggregate}; it has {messages.Count}.");
            if (message.Message.Key == aggregate.ToString())
            {
                messages.Add((long.Parse(Header(message, "ce_sequence"), CultureInfo.InvariantCulture), Header(message, "ce_type"), message.Message.Value));
            }
        }

        return messages;
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await _server.DisposeAsync();
    }

    private static string Header(ConsumeResult<string, byte[]> message, string name) => Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes(name));
}
