using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging.Abstractions;
using PayFlow.Testing;

namespace PayFlow.Topics.IntegrationTests;

public sealed class EnsureTopicsTests
{
    private const int Partitions = 3;

    [Theory]
    [MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Broker_AfterOneRunOrTwo_HasEveryTopicAsItMustBe(KafkaKind kind)
    {
        await using var broker = await KafkaServer.StartNewAsync(kind);
        using var admin = Admin(broker.Address);
        if (kind == KafkaKind.Embedded)
            await broker.CreateTopicsAsync([.. EnsureTopics.Wanted], Partitions);   // it can't be asked to by a client

        await EnsureAsync(admin);
        await EnsureAsync(admin);

        Assert.Equal(EnsureTopics.Wanted.Order(StringComparer.Ordinal), PartitionsOf(admin).Keys.Order(StringComparer.Ordinal));
        Assert.All(PartitionsOf(admin).Values, count => Assert.Equal(Partitions, count));
        if (kind == KafkaKind.Apache)
        {
            var topic = new ConfigResource { Type = ResourceType.Topic, Name = "payments.events.dlq" };
            Assert.Equal("604800000", (await admin.DescribeConfigsAsync([topic]))[0].Entries["retention.ms"].Value);
        }
    }

    [Theory]
    [MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Topic_WithAnotherPartitionCount_IsRefused(KafkaKind kind)
    {
        await using var broker = await KafkaServer.StartNewAsync(kind);
        using var admin = Admin(broker.Address);
        await broker.CreateTopicsAsync(["ledger.events"], Partitions + 1);

        var refusal = await Assert.ThrowsAsync<TopicsRefusedException>(() => EnsureAsync(admin));

        Assert.Contains("topic ledger.events has 4 partitions, and 3 are wanted", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["ledger.events"], PartitionsOf(admin).Keys);
    }

    [Fact]
    public async Task Topics_ThatTheEmbeddedBrokerLacks_AreRefused()
    {
        await using var broker = await KafkaServer.StartNewAsync(KafkaKind.Embedded);
        using var admin = Admin(broker.Address);

        var refusal = await Assert.ThrowsAsync<TopicsRefusedException>(() => EnsureAsync(admin));

        Assert.Contains("payments.ingest", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broker_ThatStaysAway_IsRefusedInTime()
    {
        using var admin = Admin($"127.0.0.1:{FreePort.Next()}");

        var refusal = await Assert.ThrowsAsync<TopicsRefusedException>(() => EnsureAsync(admin, timeoutSeconds: 1)).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Contains("the broker does not answer", refusal.Message, StringComparison.Ordinal);
    }

    private static IAdminClient Admin(string address) => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = address }).SetLogHandler((_, _) => { }).Build();

    private static Task EnsureAsync(IAdminClient admin, int timeoutSeconds = 20) =>
        new EnsureTopics(admin, new TopicsOptions { Partitions = Partitions, TimeoutSeconds = timeoutSeconds }, TimeProvider.System, NullLogger.Instance).RunAsync();

    private static Dictionary<string, int> PartitionsOf(IAdminClient admin) =>
        admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics.ToDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
}
