using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.ThreeDSecure;

/// <summary>3-D Secure (section <c>Auth:ThreeDSecure</c>).</summary>
public sealed class ThreeDSecureOptions
{
    /// <summary>The access control server; left out, the one that the Sandbox plays.</summary>
    public Uri? Address { get; set; }

    /// <summary>Where payers' browsers reach the gateway: the issuer's page sends them back there.</summary>
    [Required]
    public Uri PublicAddress { get; set; } = new("http://localhost:8080");

    /// <summary>How long a payer may take for the challenge; then the payment is declined.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan ChallengeFor { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often the access control server is asked for an answer that no browser brought.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:10:00")]
    public TimeSpan AskEvery { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long one question to the access control server may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}
