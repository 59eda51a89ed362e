using global::Confluent.Kafka;

namespace Aspire.Confluent.Kafka;

/// <summary>Settings of a Kafka consumer, read from <c>Aspire:Confluent:Kafka:Consumer</c> and <c>Aspire:Confluent:Kafka:Consumer:{name}</c>.</summary>
public sealed class KafkaConsumerSettings
{
    /// <summary>The bootstrap servers. <c>ConnectionStrings:{name}</c> goes before what the sections say.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>The client's own settings, read from the subsection <c>Config</c>.</summary>
    public ConsumerConfig Config { get; } = new();

    /// <summary>Whether the integration adds no metrics. This stand-in never adds any.</summary>
    public bool DisableMetrics { get; set; }

    /// <summary>Whether to leave out the health check.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether the integration adds no traces. This stand-in never adds any.</summary>
    public bool DisableTracing { get; set; }
}
