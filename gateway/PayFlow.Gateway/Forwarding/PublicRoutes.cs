namespace PayFlow.Gateway.Forwarding;

/// <summary>The public API: which service answers what. What isn't here doesn't get through.</summary>
internal static class PublicRoutes
{
    public static readonly IReadOnlyList<(string Path, string Service)> All =
    [
        ("/v1/tokens", "auth"),
        ("/v1/payments", "auth"),
        ("/v1/idempotency", "auth"),
        ("/v1/balances", "ledger"),
        ("/v1/batches", "batch"),
        ("/v1/reconciliation", "reconciler"),
    ];

    public static IEnumerable<string> Services => All.Select(route => route.Service).Distinct();

    /// <summary>Whether a path of a service's document is one that the gateway forwards to it.</summary>
    public static bool IsPublic(string service, string path) =>
        All.Any(route => route.Service == service && new PathString(path).StartsWithSegments(route.Path, StringComparison.Ordinal));
}
