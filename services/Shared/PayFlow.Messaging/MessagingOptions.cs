using System.ComponentModel.DataAnnotations;

namespace PayFlow.Messaging;

/// <summary>
/// Bounds and times of everything that moves through Kafka; configuration section <c>Messaging</c>. The values work on Apache Kafka and on the embedded
/// broker; <see cref="SessionTimeoutMs"/> may be lower on the embedded one, where a rebalance takes about as long as the session.
/// </summary>
public sealed class MessagingOptions
{
    /// <summary>Events that a relay reads and publishes in one round at most.</summary>
    [Range(1, 50_000)]
    public int RelayBatch { get; set; } = 4_000;

    /// <summary>How often a relay that has nothing to do looks for events that it was not woken for, in milliseconds.</summary>
    [Range(5, 60_000)]
    public int RelayPollMs { get; set; } = 50;

    /// <summary>The time between the beginnings of two rounds of a relay at least, in milliseconds: events of many commits share one. 0: as soon as there is one.</summary>
    [Range(0, 10_000)]
    public int RelayPaceMs { get; set; } = 20;

    /// <summary>How long a lane belongs to a relay that does not renew its lease, in milliseconds. Renewed after a third.</summary>
    [Range(300, 60_000)]
    public int LeaseMs { get; set; } = 4_000;

    /// <summary>How long published events are kept, in days.</summary>
    [Range(1, 365)]
    public int RetentionDays { get; set; } = 7;

    /// <summary>After how long an event that could not be published is tried again, in milliseconds.</summary>
    [Range(100, 3_600_000)]
    public int ParkedRetryMs { get; set; } = 30_000;

    /// <summary>How long the broker may take to confirm a message before its sender is told, in milliseconds.</summary>
    [Range(500, 300_000)]
    public int DeliveryTimeoutMs { get; set; } = 10_000;

    /// <summary>Messages that a consumer takes at once at most.</summary>
    [Range(1, 10_000)]
    public int ConsumeBatch { get; set; } = 500;

    /// <summary>How many bytes a broker gathers before it answers a consumer, if they come within <see cref="FetchWaitMaxMs"/>.</summary>
    [Range(1, 1_000_000)]
    public int FetchMinBytes { get; set; } = 16_384;

    /// <summary>How long a broker waits for new messages before it answers a consumer, in milliseconds.</summary>
    [Range(1, 1_000)]
    public int FetchWaitMaxMs { get; set; } = 40;

    /// <summary>After how long without a sign of life a consumer's partitions go to another, in milliseconds. Apache Kafka wants 6000 unless it is told otherwise.</summary>
    [Range(1_000, 300_000)]
    public int SessionTimeoutMs { get; set; } = 6_000;

    /// <summary>How often the offsets of what was applied are committed, in milliseconds.</summary>
    [Range(50, 60_000)]
    public int OffsetCommitMs { get; set; } = 500;

    /// <summary>How often an event that a consumer refuses is tried on its own before it becomes a dead letter.</summary>
    [Range(1, 20)]
    public int PoisonTries { get; set; } = 3;

    /// <summary>The longest pause between two tries while Postgres or Kafka is away, in milliseconds. The first pause is 50 ms.</summary>
    [Range(50, 300_000)]
    public int RetryMaxMs { get; set; } = 2_000;

    /// <summary>After how long an event that waits for an earlier one raises the alarm, in seconds.</summary>
    [Range(1, 86_400)]
    public int GapAlarmSeconds { get; set; } = 60;

    /// <summary>How often backlogs are measured, waiting events looked after and dead letters announced, in milliseconds.</summary>
    [Range(100, 600_000)]
    public int HousekeepingMs { get; set; } = 5_000;
}
