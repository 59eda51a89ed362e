using System.ComponentModel.DataAnnotations;

namespace PayFlow.ServiceDefaults.Identity;

/// <summary>Section <c>InternalIdentity</c>.</summary>
public sealed class InternalIdentityOptions
{
    /// <summary>The secret that the gateway signs with and the services verify with.</summary>
    [Required(ErrorMessage = "InternalIdentity:Key is missing: the secret that gateway and services share, 32 characters or more.")]
    [MinLength(32, ErrorMessage = "InternalIdentity:Key must have 32 characters or more.")]
    public string Key { get; set; } = "";

    /// <summary>How long a signed identity is good for. It only has to outlive the way from gateway to service.</summary>
    [Range(typeof(TimeSpan), "00:00:05", "00:10:00")]
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromSeconds(60);
}
