using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth;

/// <summary>How long one runs a payment, and how much runs at once (section <c>Auth:Executor</c>).</summary>
public sealed class ExecutorOptions
{
    /// <summary>How long a client waits for the decision before it gets 202 and an address instead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ClientWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// After this time without a word from whoever runs a payment somebody else may take it up. Longer than a round of calls to an acquirer, so that it only
    /// ends for the dead; the acquirers' references keep it right when it ends for the slow.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.5", "00:10:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Payments that run at once in this process; one more is refused before anything is written.</summary>
    [Range(1, 100_000)]
    public int MaxRunning { get; set; } = 2_000;

    /// <summary>Payments of the ingest topic that run at once; 0 in a process that only takes in, and leaves them to others.</summary>
    [Range(0, 10_000)]
    public int Workers { get; set; } = 64;

    /// <summary>Payments that were handed over from the ingest topic and wait for a worker; when full, the topic waits.</summary>
    [Range(1, 100_000)]
    public int MaxHandedOver { get; set; } = 1_000;

    /// <summary>How long an authorization without an answer is asked for again before it is reversed and the payment fails.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ResolveFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The pause after the first round of calls without an answer; it doubles with each round.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan RetryFrom { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest pause between two rounds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00")]
    public TimeSpan RetryUpTo { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a stopping process lets its payments finish.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan StopPatience { get; set; } = TimeSpan.FromSeconds(4);
}

/// <summary>What takes up what was left lying (section <c>Auth:Sweep</c>).</summary>
public sealed class SweepOptions
{
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A request that was accepted and after this time has no payment yet is carried out by the sweep.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan IntakeAge { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Payments that one sweep takes up at most.</summary>
    [Range(1, 10_000)]
    public int MaxPerRound { get; set; } = 200;
}

/// <summary>How much may be accepted and unfinished on a shard before no more is accepted for later (section <c>Auth:Backlog</c>).</summary>
public sealed class BacklogOptions
{
    [Range(1, 10_000_000)]
    public int MaxLength { get; set; } = 10_000;

    /// <summary>How long the oldest request may wait without anybody having begun it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Percent of both limits at which it ends.</summary>
    [Range(1, 99)]
    public int ResumeAt { get; set; } = 80;

    /// <summary>How often the backlog is looked at.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:01:00")]
    public TimeSpan SampleEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest <c>Retry-After</c>: that of a backlog that doesn't get shorter.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan LongestRetryAfter { get; set; } = TimeSpan.FromMinutes(1);

    internal long ResumeLength => (long)MaxLength * ResumeAt / 100;

    internal TimeSpan ResumeAge => MaxAge * (ResumeAt / 100.0);

    /// <summary>Beyond this a backlog is too long, whatever it is exactly.</summary>
    internal int CountUpTo => 2 * MaxLength;
}

/// <summary>What the merchant pays us, taken with the capture (section <c>Auth:Pricing</c>).</summary>
public sealed class PricingOptions
{
    [Range(0, 10_000)]
    public int BasisPoints { get; set; } = 290;

    /// <summary>Minor units.</summary>
    [Range(0, 100_000)]
    public long Fixed { get; set; } = 30;

    /// <summary>The fee of a capture, minor units; never more than the capture itself.</summary>
    public long FeeOf(Money captured) => Math.Min(captured.MinorUnits, captured.BasisPoints(BasisPoints).MinorUnits + Fixed);
}

/// <summary>What happens when Fraud can't be asked (section <c>Auth:Risk</c>).</summary>
public sealed class RiskOptions
{
    /// <summary>Minor units. Up to this amount a payment is allowed without Fraud; that is written down with it.</summary>
    [Range(0, Money.MaxMinorUnits)]
    public long FallbackLimit { get; set; } = 10_000;

    /// <summary>How long a payment above the limit waits for Fraud to come back before it is declined.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(8);
}

/// <summary>Finished answers in Redis, in front of Postgres (section <c>Auth:Idempotency</c>).</summary>
public sealed class IdempotencyOptions
{
    [Range(typeof(TimeSpan), "00:00:01", "30.00:00:00")]
    public TimeSpan CacheFor { get; set; } = TimeSpan.FromHours(72);

    /// <summary>How long Redis may take before Postgres is asked instead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:05")]
    public TimeSpan CacheTimeout { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long Redis is left alone after it was slow or away.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan CacheRest { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the broker may take for an accepted request; the sweep brings what it didn't take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:30")]
    public TimeSpan IngestTimeout { get; set; } = TimeSpan.FromSeconds(2);
}

/// <summary>The test merchant of a development system (section <c>Auth:Seed</c>). Without a key nothing is seeded.</summary>
public sealed class SeedOptions
{
    [RegularExpression("^sk_test_[A-Za-z0-9]{24,64}$", ErrorMessage = "Auth:Seed:ApiKey must be sk_test_ and 24 to 64 letters and digits.")]
    public string? ApiKey { get; set; }

    /// <summary>An administrator's key of a development system.</summary>
    [RegularExpression("^ak_[A-Za-z0-9]{24,64}$", ErrorMessage = "Auth:Seed:AdministratorKey must be ak_ and 24 to 64 letters and digits.")]
    public string? AdministratorKey { get; set; }

    [StringLength(200, MinimumLength = 1)]
    public string MerchantName { get; set; } = "Test merchant";

    [Required]
    public string TimeZone { get; set; } = "UTC";

    [Range(1, 1_000_000)]
    public int RateLimit { get; set; } = 1_000;
}
