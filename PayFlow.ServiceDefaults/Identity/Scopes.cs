namespace PayFlow.ServiceDefaults.Identity;

/// <summary>What an API key may be allowed. Which call takes which scope is the gateway's table of public routes.</summary>
public static class Scopes
{
    /// <summary>Every scope there is; also what a key gets that isn't limited.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        "balances:read",
        "batches:read",
        "events:read",
        "exchanges:read",
        "exchanges:write",
        "keys:read",
        "keys:write",
        "payments:read",
        "payments:write",
        "reconciliation:read",
        "refunds:write",
        "settings:read",
        "tokens:write",
        "transfers:read",
        "transfers:write",
        "webhooks:read",
        "webhooks:write",
    ];
}
