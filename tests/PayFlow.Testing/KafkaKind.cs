namespace PayFlow.Testing;

/// <summary>Which broker a test runs on.</summary>
public enum KafkaKind
{
    /// <summary>librdkafka's mock cluster: always there, in memory only.</summary>
    Embedded,

    /// <summary>Apache Kafka, where <c>KAFKA_HOME</c> is set: keeps what it acknowledged.</summary>
    Apache,
}
