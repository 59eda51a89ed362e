using System.ComponentModel.DataAnnotations;

namespace PayFlow.Sandbox;

/// <summary>How the acquirers settle, and the bounds of what they take. Configuration section <c>Sandbox</c>.</summary>
public sealed class SandboxOptions
{
    public const string Section = "Sandbox";

    /// <summary>From the acceptance of a batch of card payments to its report.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan ReportDelay { get; set; } = TimeSpan.Zero;

    /// <summary>How long a bank's business day lasts here.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan BusinessDay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>From the acceptance of a batch of bank debits to its report, in business days.</summary>
    [Range(0, 30)]
    public int DebitSettlementDays { get; set; } = 2;

    /// <summary>From the first reading of a report to its late lines.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan LateDelay { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>What an acquirer keeps of each settled line, basis points (1/100 of a percent).</summary>
    [Range(0, 10_000)]
    public int ChargeBasisPoints { get; set; } = 20;

    /// <summary>What it keeps of each settled line besides, minor units.</summary>
    [Range(0, 10_000)]
    public int ChargePerLine { get; set; } = 5;

    /// <summary>From a dispute until its evidence must be there.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "90.00:00:00")]
    public TimeSpan RespondWithin { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The largest settlement file, bytes. A row has about 110.</summary>
    [Range(1_024, 256 * 1_024 * 1_024)]
    public int MaxBatchBytes { get; set; } = 32 * 1_024 * 1_024;

    /// <summary>How long a call that was struck by a time-out stays silent when its caller doesn't give up.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan LongestSilence { get; set; } = TimeSpan.FromMinutes(2);
}
