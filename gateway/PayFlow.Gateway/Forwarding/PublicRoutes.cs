using Yarp.ReverseProxy.Model;

namespace PayFlow.Gateway.Forwarding;

/// <summary>One call of the public API.</summary>
/// <param name="Path">As the service's own document spells it.</param>
/// <param name="Service">Who answers it.</param>
/// <param name="Scope">What a key must be allowed for it.</param>
internal sealed record PublicRoute(string Method, string Path, string Service, string Scope);

/// <summary>The public API: which service answers what, and which scope it takes. What isn't here doesn't get through, so nothing is public without a scope.</summary>
internal static class PublicRoutes
{
    /// <summary>The metadata of a forwarded route that names its scope.</summary>
    public const string ScopeMetadata = "scope";

    /// <summary>In place of a scope: no merchant's key is enough.</summary>
    public const string Administrators = "administrators";

    /// <summary>In place of a scope: a payer's browser, which has no key.</summary>
    public const string Payers = "payers";

    public static readonly IReadOnlyList<PublicRoute> All =
    [
        // Where payers' browsers come back to from their bank.
        new("GET", "/3ds/{id}", "auth", Payers),

        new("POST", "/v1/tokens", "auth", "tokens:write"),

        new("POST", "/v1/payments", "auth", "payments:write"),
        new("GET", "/v1/payments", "auth", "payments:read"),
        new("GET", "/v1/payments/{id}", "auth", "payments:read"),
        new("GET", "/v1/payments/{id}/history", "auth", "payments:read"),
        new("GET", "/v1/payments/{id}/proof", "ledger", "payments:read"),
        new("POST", "/v1/payments/{id}/confirm", "auth", "payments:write"),
        new("POST", "/v1/payments/{id}/capture", "auth", "payments:write"),
        new("POST", "/v1/payments/{id}/void", "auth", "payments:write"),
        new("POST", "/v1/payments/{id}/refund", "auth", "refunds:write"),
        new("GET", "/v1/idempotency/{key}", "auth", "payments:read"),

        new("GET", "/v1/events", "auth", "events:read"),
        new("GET", "/v1/events/stream", "auth", "events:read"),
        new("GET", "/v1/events/{id}", "auth", "events:read"),

        new("POST", "/v1/webhook-endpoints", "auth", "webhooks:write"),
        new("GET", "/v1/webhook-endpoints", "auth", "webhooks:read"),
        new("GET", "/v1/webhook-endpoints/{id}", "auth", "webhooks:read"),
        new("PATCH", "/v1/webhook-endpoints/{id}", "auth", "webhooks:write"),
        new("DELETE", "/v1/webhook-endpoints/{id}", "auth", "webhooks:write"),
        new("POST", "/v1/webhook-endpoints/{id}/rotate-secret", "auth", "webhooks:write"),
        new("POST", "/v1/webhook-endpoints/{id}/test", "auth", "webhooks:write"),
        new("GET", "/v1/webhook-endpoints/{id}/deliveries", "auth", "webhooks:read"),
        new("POST", "/v1/webhook-endpoints/{id}/deliveries/{delivery}/redeliver", "auth", "webhooks:write"),

        new("POST", "/v1/api-keys", "auth", "keys:write"),
        new("GET", "/v1/api-keys", "auth", "keys:read"),
        new("POST", "/v1/api-keys/{id}/rotate", "auth", "keys:write"),
        new("POST", "/v1/api-keys/{id}/revoke", "auth", "keys:write"),
        new("GET", "/v1/account", "auth", "settings:read"),

        new("GET", "/v1/balances", "ledger", "balances:read"),
        new("GET", "/v1/ledger/keys", "ledger", "payments:read"),
        new("GET", "/v1/accounts", "ledger", "balances:read"),
        new("GET", "/v1/accounts/{account}", "ledger", "balances:read"),
        new("GET", "/v1/accounts/{account}/statement", "ledger", "balances:read"),
        new("POST", "/v1/transfers", "ledger", "transfers:write"),
        new("GET", "/v1/transfers", "ledger", "transfers:read"),
        new("GET", "/v1/transfers/{id}", "ledger", "transfers:read"),
        new("POST", "/v1/exchanges/quotes", "ledger", "exchanges:write"),
        new("POST", "/v1/exchanges", "ledger", "exchanges:write"),
        new("GET", "/v1/exchanges/{id}", "ledger", "exchanges:read"),

        new("GET", "/v1/batches", "batch", "batches:read"),
        new("GET", "/v1/batches/{idOrDate}", "batch", "batches:read"),
        new("GET", "/v1/batches/{id}/items", "batch", "batches:read"),
        new("GET", "/v1/batches/{id}/file", "batch", "batches:read"),

        new("GET", "/v1/reconciliation/exceptions", "reconciler", "reconciliation:read"),

        new("POST", "/admin/v1/merchants", "auth", Administrators),
        new("GET", "/admin/v1/merchants", "auth", Administrators),
        new("GET", "/admin/v1/merchants/{id}", "auth", Administrators),
        new("PATCH", "/admin/v1/merchants/{id}", "auth", Administrators),
        new("GET", "/admin/v1/merchants/{id}/audit", "auth", Administrators),
        new("POST", "/admin/v1/merchants/{id}/api-keys", "auth", Administrators),
        new("GET", "/admin/v1/merchants/{id}/api-keys", "auth", Administrators),
        new("POST", "/admin/v1/merchants/{id}/api-keys/{key}/rotate", "auth", Administrators),
        new("POST", "/admin/v1/merchants/{id}/api-keys/{key}/revoke", "auth", Administrators),

        new("GET", "/admin/v1/trial-balance", "ledger", Administrators),
        new("GET", "/admin/v1/accounts", "ledger", Administrators),
        new("GET", "/admin/v1/accounts/{account}", "ledger", Administrators),
        new("POST", "/admin/v1/accounts/{account}/freeze", "ledger", Administrators),
        new("POST", "/admin/v1/accounts/{account}/unfreeze", "ledger", Administrators),
        new("POST", "/admin/v1/accounts/{account}/close", "ledger", Administrators),
    ];

    /// <summary>The scope of a route that a request has met; null when it is none of ours to forward.</summary>
    public static string? ScopeOf(Endpoint? endpoint) => endpoint?.Metadata.GetMetadata<RouteModel>()?.Config.Metadata?[ScopeMetadata];

    public static IEnumerable<string> Services => All.Select(route => route.Service).Distinct();

    /// <summary>The row of an operation of a service's document; null when the gateway doesn't forward it.</summary>
    public static PublicRoute? Find(string service, string method, string path) =>
        All.FirstOrDefault(route => route.Service == service && route.Path == path && route.Method.Equals(method, StringComparison.OrdinalIgnoreCase));
}
