using System.ComponentModel.DataAnnotations;

namespace PayFlow.Batch;

/// <summary>Section <c>Batch</c>.</summary>
public sealed class BatchOptions
{
    public const string Section = "Batch";

    /// <summary>
    /// Local time of day in the merchant's zone at which a settlement date ends, for events that don't say the merchant's own. What is captured or refunded in this minute or later
    /// belongs to the next date.
    /// </summary>
    public TimeOnly Cutoff { get; set; } = new(23, 59);

    /// <summary>How long after the cutoff a batch is sealed by the clock, so that events on their way still find it open.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "02:00:00")]
    public TimeSpan SealAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the worker looks for batches to seal, submit or ask about when nothing wakes it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan Tick { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Batches that this process takes further at a time.</summary>
    [Range(1, 64)]
    public int Parallel { get; set; } = 4;

    /// <summary>How long a worker has a batch to itself; after a crash the next one takes over.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Claim { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Longest pause between two questions for a report that isn't complete, or after failures.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan MaxPause { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long after completion late lines are still asked for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan LateLines { get; set; } = TimeSpan.FromDays(5);

    /// <summary>Most items of one batch; the rest makes another one.</summary>
    [Range(1, 1_000_000)]
    public int MaxItems { get; set; } = 50_000;
}
