using System.ComponentModel.DataAnnotations;

namespace PayFlow.Gateway.RateLimits;

/// <summary>Section <c>Gateway:RateLimits</c>.</summary>
public sealed class RateLimitOptions
{
    public const string Section = "Gateway:RateLimits";

    /// <summary>Requests per second of a merchant that has no limit of its own.</summary>
    [Range(1, 1_000_000)]
    public int DefaultPerSecond { get; set; } = 100;

    /// <summary>Requests per second of an administrator.</summary>
    [Range(1, 1_000_000)]
    public int AdministratorPerSecond { get; set; } = 50;

    /// <summary>How many seconds' worth of requests may come at once.</summary>
    [Range(1, 60)]
    public int BurstSeconds { get; set; } = 2;

    /// <summary>How many merchants are remembered; one that is forgotten starts with a full allowance.</summary>
    [Range(100, 1_000_000)]
    public int Remembered { get; set; } = 50_000;
}
