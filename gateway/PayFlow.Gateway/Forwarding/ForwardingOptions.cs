using System.ComponentModel.DataAnnotations;

namespace PayFlow.Gateway.Forwarding;

/// <summary>Section <c>Gateway:Forwarding</c>.</summary>
public sealed class ForwardingOptions
{
    public const string Section = "Gateway:Forwarding";

    /// <summary>How long a service may be silent. Longer than the 10 s after which Auth answers 202, so that this answer gets through.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:05:00")]
    public TimeSpan Silence { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long connecting to a service may take.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan Connect { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the services' API documents are kept before they are asked again.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DocumentsKept { get; set; } = TimeSpan.FromSeconds(30);
}
