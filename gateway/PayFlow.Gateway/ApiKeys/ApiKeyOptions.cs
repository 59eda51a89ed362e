using System.ComponentModel.DataAnnotations;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>Section <c>Gateway:ApiKeys</c>: how long the gateway believes what Auth said about a key.</summary>
public sealed class ApiKeyOptions
{
    public const string Section = "Gateway:ApiKeys";

    /// <summary>Auth is asked this often which keys changed (were revoked, rotated, made): so soon a change is noticed, and after <see cref="KnownFor"/> when that fails.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan ChangesEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Auth is told this often when keys were used. What a process that dies didn't tell is lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "01:00:00")]
    public TimeSpan UsesEvery { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A known key is good for so long; one that is revoked while Auth can't tell of changes ends after it at the latest.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan KnownFor { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A key in use is asked about again this long before it runs out, so that no request waits for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan RefreshBefore { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>An unknown key is refused for so long without asking; a key just made works after it at the latest.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan UnknownFor { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>While Auth can't be reached a key that was known goes on for so long after it ran out.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan KnownWhileAuthIsAway { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>And Auth is asked about it again after so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan AskAgainAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How many keys are remembered, known and unknown each; at most twice as many are held.</summary>
    [Range(100, 1_000_000)]
    public int Remembered { get; set; } = 50_000;

    /// <summary>How many keys are asked about at once. Further ones are refused with 503: so a flood of made-up keys can't drown Auth.</summary>
    [Range(1, 10_000)]
    public int AskedAtOnce { get; set; } = 64;
}
