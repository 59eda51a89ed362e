using System.ComponentModel.DataAnnotations;

namespace PayFlow.Topics;

/// <summary>Configuration section <c>Topics</c>.</summary>
public sealed class TopicsOptions
{
    /// <summary>Partitions of every topic. A slot's partition is the slot modulo this, so it can't change under a running system.</summary>
    [Range(1, 1000)]
    public int Partitions { get; init; } = 50;

    /// <summary>Copies of every partition: 1 on one broker, 3 in production.</summary>
    [Range(1, 9)]
    public short Replication { get; init; } = 1;

    /// <summary>Days that a topic keeps its events; the outbox keeps its rows as long.</summary>
    [Range(1, 365)]
    public int RetentionDays { get; init; } = 7;

    /// <summary>Seconds to wait for the broker, and for it to have made what it was asked for.</summary>
    [Range(1, 600)]
    public int TimeoutSeconds { get; init; } = 60;
}
