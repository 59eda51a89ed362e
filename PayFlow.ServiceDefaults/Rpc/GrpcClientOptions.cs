using System.ComponentModel.DataAnnotations;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>Section <c>GrpcClients</c>.</summary>
public sealed class GrpcClientOptions
{
    public const string Section = "GrpcClients";

    /// <summary>How long a unary call may take that doesn't bring a deadline of its own.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(2);
}
