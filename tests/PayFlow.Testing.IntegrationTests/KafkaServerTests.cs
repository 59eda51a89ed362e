using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace PayFlow.Testing.IntegrationTests;

public sealed class KafkaServerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task CreateTopics_Metadata_ShowsThemWithTheirPartitions(KafkaKind kind)
    {
        var server = await KafkaServer.SharedAsync(kind);
        var names = new[] { "metadata.one", "metadata.two" };

        await server.CreateTopicsAsync(names, partitions: 50);

        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = server.Address }).Build();
        var metadata = admin.GetMetadata(Patience);
        Assert.All(names, name => Assert.Equal(50, Assert.Single(metadata.Topics, topic => topic.Topic == name).Partitions.Count));
        var broker = Assert.Single(metadata.Brokers);
        Assert.Equal(server.Address, $"{broker.Host}:{broker.Port}");
    }

    [Fact]
    public async Task CreateTopics_ByAdminClientOnEmbedded_Fails()
    {
        var server = await KafkaServer.SharedAsync(KafkaKind.Embedded);
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = server.Address }).Build();

        await Assert.ThrowsAnyAsync<KafkaException>(() => admin.CreateTopicsAsync(
            [new TopicSpecification { Name = "refused", NumPartitions = 1, ReplicationFactor = 1 }], new() { RequestTimeout = TimeSpan.FromSeconds(2) }));

        Assert.DoesNotContain(admin.GetMetadata(Patience).Topics, topic => topic.Topic == "refused");
    }

    [Fact]
    public async Task Embedded_ToldAPartitionCount_HasPayFlowsTopics()
    {
        var port = FreePort.Next();
        await using var broker = new ServiceProcess(Repository.Assembly("eng/embedded-kafka/PayFlow.EmbeddedKafka.csproj"), new Dictionary<string, string?>(), $"{port}", "--partitions", "5");
        await broker.StartAsync();
        await broker.WaitForLineAsync(line => line.StartsWith("Ready", StringComparison.Ordinal));

        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = $"127.0.0.1:{port}" }).Build();
        var topics = admin.GetMetadata(Patience).Topics;

        var (dead, alive) = (topics.Where(topic => topic.Topic.EndsWith(".dlq", StringComparison.Ordinal)).ToList(), topics.Where(topic => !topic.Topic.EndsWith(".dlq", StringComparison.Ordinal)));
        Assert.Equal(alive.Select(topic => $"{topic.Topic}.dlq").Order(), dead.Select(topic => topic.Topic).Order());
        Assert.Equal(8, dead.Count);
        Assert.All(topics, topic => Assert.Equal(5, topic.Partitions.Count));
        Assert.Contains(topics, topic => topic.Topic == "payments.events");
        Assert.Contains(topics, topic => topic.Topic == "payments.events.dlq");
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Produce_OnePartition_ArrivesInOrderWithKeysAndHeaders(KafkaKind kind)
    {
        var server = await KafkaServer.SharedAsync(kind);
        await server.CreateTopicsAsync(["order"], partitions: 3);

        await ProduceAsync(server, "order", partition: 1, count: 100);

        var messages = Consume(server, "order", "order-group", 100);
        Assert.All(messages, (message, index) =>
        {
            Assert.Equal(1, message.Partition.Value);
            Assert.Equal($"key {index}", message.Message.Key);
            Assert.Equal($"value {index}", message.Message.Value);
            Assert.Equal($"id {index}", Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes("ce_id")));
        });
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Group_NextMember_GoesOnAfterTheCommit(KafkaKind kind)
    {
        var server = await KafkaServer.SharedAsync(kind);
        await server.CreateTopicsAsync(["commits"], partitions: 1);
        await ProduceAsync(server, "commits", partition: 0, count: 10);

        var first = Consume(server, "commits", "commits-group", 4);
        var second = Consume(server, "commits", "commits-group", 6);

        Assert.Equal([0, 1, 2, 3], first.Select(message => message.Offset.Value));
        Assert.Equal([4, 5, 6, 7, 8, 9], second.Select(message => message.Offset.Value));
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Group_TwoMembers_ShareThePartitions(KafkaKind kind)
    {
        var server = await KafkaServer.SharedAsync(kind);
        await server.CreateTopicsAsync(["shared"], partitions: 12);
        using var first = Join(server, "shared", "shared-group");
        using var second = Join(server, "shared", "shared-group");

        for (var attempt = 0; attempt < 300 && (first.Assignment.Count != 6 || second.Assignment.Count != 6); attempt++)
        {
            first.Consume(TimeSpan.FromMilliseconds(50));
            second.Consume(TimeSpan.FromMilliseconds(50));
        }

        Assert.Equal(Enumerable.Range(0, 12), first.Assignment.Concat(second.Assignment).Select(partition => partition.Partition.Value).Order());
        first.Close();
        second.Close();
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Kill_ThenStart_KeepsTopicsAndWhatTheBrokerPromisesToKeep(KafkaKind kind)
    {
        await using var server = await KafkaServer.StartNewAsync(kind);
        await server.CreateTopicsAsync(["kept"], partitions: 2);
        using var producer = Producer(server);
        await producer.ProduceAsync(new TopicPartition("kept", 0), new() { Key = "before", Value = "the kill" });

        await server.KillAsync();
        Assert.False(await Tcp.IsOpenAsync(server.Port));
        await server.StartAsync();
        // The same client as before: nobody restarts the services when the broker does.
        await producer.ProduceAsync(new TopicPartition("kept", 0), new() { Key = "after", Value = "the kill" });

        string[] expected = server.IsDurable ? ["before", "after"] : ["after"];
        Assert.Equal(expected, Consume(server, "kept", "kept-group", expected.Length).Select(message => message.Message.Key));
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = server.Address }).Build();
        Assert.Equal(2, Assert.Single(admin.GetMetadata(Patience).Topics, topic => topic.Topic == "kept").Partitions.Count);
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Stop_Running_EndsByItself(KafkaKind kind)
    {
        await using var server = await KafkaServer.StartNewAsync(kind);

        await server.StopAsync();

        Assert.Equal(kind == KafkaKind.Embedded ? 0 : 143, server.ExitCode);   // the JVM reports SIGTERM even when it ended in order
    }

    private static async Task ProduceAsync(KafkaServer server, string topic, int partition, int count)
    {
        using var producer = Producer(server);
        var deliveries = Enumerable.Range(0, count).Select(index => producer.ProduceAsync(new TopicPartition(topic, partition), new()
        {
            Key = $"key {index}",
            Value = $"value {index}",
            Headers = [new Header("ce_id", Encoding.UTF8.GetBytes($"id {index}"))],
        }));
        foreach (var delivery in await Task.WhenAll(deliveries))
            Assert.Equal(PersistenceStatus.Persisted, delivery.Status);
    }

    private static IProducer<string, string> Producer(KafkaServer server) =>
        new ProducerBuilder<string, string>(new ProducerConfig { BootstrapServers = server.Address, Acks = Acks.All, MessageTimeoutMs = 30_000 })
            .SetLogHandler((_, _) => { })   // that the broker is away is what some tests are about
            .Build();

    private static IConsumer<string, string> Join(KafkaServer server, string topic, string group)
    {
        var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig
        {
            BootstrapServers = server.Address,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            FetchWaitMaxMs = 20,
            SessionTimeoutMs = 6000,
        }).Build();
        consumer.Subscribe(topic);
        return consumer;
    }

    private static List<ConsumeResult<string, string>> Consume(KafkaServer server, string topic, string group, int count)
    {
        using var consumer = Join(server, topic, group);
        var messages = new List<ConsumeResult<string, string>>();
        while (messages.Count < count && consumer.Consume(Patience) is { } message)
            messages.Add(message);
        consumer.Commit();
        consumer.Close();
        return messages;
    }
}
