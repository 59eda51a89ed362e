using System.ComponentModel.DataAnnotations;

namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>Section <c>Acquirers:Resilience</c>: how calls to every acquirer are guarded.</summary>
public sealed class AcquirerOptions
{
    public const string Section = "Acquirers:Resilience";

    /// <summary>How long one attempt may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Attempts after the first.</summary>
    [Range(0, 10)]
    public int Retries { get; set; } = 3;

    /// <summary>The wait before the first retry; it doubles with each.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>No wait is longer, before jitter.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:05:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Each wait differs by up to this share, so that callers don't come back in step.</summary>
    [Range(0.0, 1.0)]
    public double Jitter { get; set; } = 0.2;

    /// <summary>This many failures in a row open the breaker.</summary>
    [Range(1, 1000)]
    public int BreakAfter { get; set; } = 10;

    /// <summary>How long it stays open; then one trial call is let through.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan Break { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How long it stays open after a trial that failed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan BreakAfterFailedTrial { get; set; } = TimeSpan.FromSeconds(120);

    /// <summary>After a trial that succeeded, the share of traffic to send grows from nothing to all over this time. Zero: all at once.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RampUp { get; set; } = TimeSpan.FromSeconds(30);
}
