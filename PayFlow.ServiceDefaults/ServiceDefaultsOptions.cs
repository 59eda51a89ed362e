namespace PayFlow.ServiceDefaults;

/// <summary>Where a process differs from the others.</summary>
public sealed class ServiceDefaultsOptions
{
    /// <summary>
    /// Whether <c>/v1</c> is for callers that the gateway vouches for. Off where callers aren't merchants: the gateway itself, the Sandbox.
    /// </summary>
    public bool VerifyCallers { get; set; } = true;

    /// <summary>Whether the process serves a document of its own endpoints. Off in the gateway, which serves everybody's.</summary>
    public bool ServeApiDocument { get; set; } = true;
}
