using System.Net;
using System.Net.Sockets;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using PayFlow.Messaging.Kafka;
using Xunit;

namespace PayFlow.Messaging.UnitTests.Kafka;

public sealed class KafkaProducerTests
{
    [Fact]
    public async Task A_call_that_is_under_way_when_the_producer_is_disposed_of_ends_by_itself()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);   // a broker that never answers
        silent.Start();
        var producer = Producer(silent);
        var asking = producer.PartitionsAsync("payments.events").AsTask();
        await Task.Delay(100);
        producer.Dispose();
        Assert.False(asking.IsCompleted);
        await Assert.ThrowsAsync<KafkaException>(() => asking);
    }

    [Fact]
    public async Task A_producer_that_was_disposed_of_says_so()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var producer = Producer(silent);
        producer.Dispose();
        producer.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => producer.PartitionsAsync("payments.events").AsTask());
        Assert.Throws<ObjectDisposedException>(() => producer.Produce("payments.events", 0, new Message<string, byte[]>(), _ => { }));
    }

    private static KafkaProducer Producer(TcpListener broker) =>
        new(
            new ConfigurationBuilder().AddInMemoryCollection([new("ConnectionStrings:kafka", broker.LocalEndpoint.ToString())]).Build(),
            new MessagingOptions { DeliveryTimeoutMs = 2000 }, TimeProvider.System, NullLogger<KafkaProducer>.Instance);
}
