using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Merchants;

/// <summary>What merchants can be given (section <c>Auth:Merchants</c>).</summary>
public sealed class MerchantOptions
{
    /// <summary>The regions that a merchant can be at home in; the first is that of who doesn't say.</summary>
    [MinLength(1, ErrorMessage = "Auth:Merchants:Regions must name at least one region.")]
    public string[] Regions { get; set; } = [];   // binding adds to an array that is there, so what is usual stands in appsettings.json

    /// <summary>API keys of a merchant that are neither revoked nor expired, in one mode.</summary>
    [Range(2, 10_000)]
    public int MaxKeys { get; set; } = 100;

    /// <summary>How long a key goes on that was rotated, when nobody says.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "30.00:00:00")]
    public TimeSpan RotationOverlap { get; set; } = TimeSpan.FromHours(24);
}
