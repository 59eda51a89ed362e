using Confluent.Kafka;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Kafka;
using PayFlow.Messaging.TestHost;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>Writes events past any outbox: twice, out of order, or broken.</summary>
internal sealed class RawProducer(TestBed bed) : IDisposable
{
    private readonly IProducer<string, byte[]> _producer = new ProducerBuilder<string, byte[]>(new ProducerConfig { BootstrapServers = bed.Kafka.Address, Acks = Acks.All }).Build();

    public Task SendAsync(Id aggregate, long sequence, string type = TestWriter.Type, string? traceParent = null)
    {
        var headers = EventHeaders.Write(
            EventHeaders.EventId(bed.Topic, aggregate, sequence), type, "test", aggregate.ToString(), sequence, aggregate.Slot, TimeProvider.System.GetUtcNow(), traceParent);
        return SendAsync(bed.Topic, aggregate.Slot, aggregate.ToString(), new Int64Value { Value = sequence }.ToByteArray(), headers);
    }

    public Task SendAsync(string topic, Slot slot, string key, byte[] value, Headers headers) =>
        _producer.ProduceAsync(new TopicPartition(topic, slot.Partition(TestBed.Partitions)), new Message<string, byte[]> { Key = key, Value = value, Headers = headers });

    public void Dispose() => _producer.Dispose();
}
