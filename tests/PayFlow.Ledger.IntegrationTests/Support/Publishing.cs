using System.Globalization;
using System.Text;
using Confluent.Kafka;
using PayFlow.Messaging;
using PayFlow.Testing;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>A broker with the topics that the ledger reads, and events written to it as the outbox relays write them.</summary>
internal sealed class Publishing : IAsyncDisposable
{
    private const int Partitions = 3;

    private readonly IProducer<string, byte[]> _producer;

    private Publishing(KafkaServer broker)
    {
        Broker = broker;
        _producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = broker.Address, Acks = Acks.All }).Build();
    }

    public KafkaServer Broker { get; }

    public static async Task<Publishing> StartAsync()
    {
        var broker = await KafkaServer.StartNewAsync(KafkaKind.Embedded);
        await broker.CreateTopicsAsync([Topics.PaymentsEvents, Topics.ReconciliationEvents], Partitions);
        return new Publishing(broker);
    }

    public async Task PublishAsync(params ReceivedEvent[] events)
    {
        foreach (var written in events)
        {
            var message = new Message<string, byte[]> { Key = written.Aggregate.ToString(), Value = written.Payload.ToArray(), Headers = HeadersOf(written) };
            await _producer.ProduceAsync(new TopicPartition(written.Topic, written.Slot.Partition(Partitions)), message);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _producer.Dispose();
        await Broker.DisposeAsync();
    }

    private static Headers HeadersOf(ReceivedEvent written)
    {
        (string Name, string Value)[] values =
        [
            ("ce_specversion", "1.0"), ("ce_id", written.Id), ("ce_type", written.Type), ("ce_source", "/tests"),
            ("ce_time", written.OccurredAt.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)), ("ce_subject", written.Aggregate.ToString()),
            ("ce_sequence", written.Sequence.ToString(CultureInfo.InvariantCulture)), ("ce_slot", written.Slot.ToString()), ("content-type", "application/protobuf"),
        ];
        var headers = new Headers();
        foreach (var (name, value) in values)
        {
            headers.Add(name, Encoding.UTF8.GetBytes(value));
        }

        return headers;
    }
}
