using Confluent.Kafka;

namespace PayFlow.Messaging.Kafka;

/// <summary>The one place that says how we speak to a broker. Every value works on Apache Kafka and on the embedded broker.</summary>
internal static class KafkaSettings
{
    // A broker that was restarted should be found again soon, not after librdkafka's ten seconds.
    private const int ReconnectMs = 50;
    private const int ReconnectMaxMs = 1_000;

    // Topics that were missing, or that grew, are noticed after this time.
    private const int MetadataRefreshMs = 10_000;

    public static ProducerConfig Producer(string bootstrap, MessagingOptions options) => new()
    {
        BootstrapServers = bootstrap,
        Acks = Acks.All,
        EnableIdempotence = true,
        MessageTimeoutMs = options.DeliveryTimeoutMs,
        LingerMs = 2,
        CompressionType = CompressionType.Lz4,
        ReconnectBackoffMs = ReconnectMs,
        ReconnectBackoffMaxMs = ReconnectMaxMs,
        TopicMetadataRefreshIntervalMs = MetadataRefreshMs,
        AllowAutoCreateTopics = false,
    };

    public static ConsumerConfig Consumer(string bootstrap, string group, MessagingOptions options) => new()
    {
        BootstrapServers = bootstrap,
        GroupId = group,
        // The first start of a group, and a broker that lost everything: from the beginning. The inbox skips what it has seen.
        AutoOffsetReset = AutoOffsetReset.Earliest,
        // Offsets of what was applied are stored one by one and committed in the background: late is safe, early would lose.
        EnableAutoOffsetStore = false,
        EnableAutoCommit = true,
        AutoCommitIntervalMs = options.OffsetCommitMs,
        FetchMinBytes = options.FetchMinBytes,
        FetchWaitMaxMs = options.FetchWaitMaxMs,
        FetchErrorBackoffMs = 50,
        SessionTimeoutMs = options.SessionTimeoutMs,
        HeartbeatIntervalMs = options.SessionTimeoutMs / 4,
        ReconnectBackoffMs = ReconnectMs,
        ReconnectBackoffMaxMs = ReconnectMaxMs,
        TopicMetadataRefreshIntervalMs = MetadataRefreshMs,
        AllowAutoCreateTopics = false,
        QueuedMaxMessagesKbytes = 16_384,
    };
}
