using System.Diagnostics;
using PayFlow.Gateway.ApiKeys;
using PayFlow.Gateway.Forwarding;
using PayFlow.Gateway.RateLimits;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Gateway;

/// <summary>Lets requests under <c>/v1</c> pass that carry a merchant's API key, as often as the merchant may, to what the key's scopes allow.</summary>
internal sealed class MerchantMiddleware(RequestDelegate next, ApiKeyDirectory keys, KeyUses uses, CallerRateLimits limits)
{
    private static readonly Refusal NoKey = new(RefusalKind.Unauthenticated, "unauthenticated", "Send your API key: Authorization: Bearer sk_test_…");
    private static readonly Refusal UnknownKey = new(RefusalKind.Unauthenticated, "unknown_api_key", "This API key is unknown, revoked or expired.");

    internal static readonly Refusal AuthAway = new(RefusalKind.Unavailable, "unavailable", "API keys can't be checked right now; nothing was done. Try again with the same idempotency key.")
    {
        RetryAfter = TimeSpan.FromSeconds(2),
    };

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        if (context.Request.Headers.Authorization is not [var authorization] || !ApiKeyHash.TryRead(authorization, ApiKeyHash.OfMerchants, out var key))
        {
            await ChallengeAsync(context, NoKey);
            return;
        }

        var answer = await keys.FindAsync(key, context.RequestAborted);
        if (answer.Owner is not { } merchant)
        {
            await (answer.IsAuthAway ? Problem.From(AuthAway).ExecuteAsync(context) : ChallengeAsync(context, UnknownKey));
            return;
        }

        uses.Note(merchant.Caller.KeyId);
        Activity.Current?.SetTag("payflow.merchant_id", merchant.Caller.MerchantId.ToString());
        if (!limits.TryTake(merchant, out var tooMany))
        {
            await Problem.From(tooMany).ExecuteAsync(context);
            return;
        }

        if (PublicRoutes.ScopeOf(context.GetEndpoint()) is { } scope && !merchant.Caller.Scopes.Contains(scope))
        {
            await Problem.From(MayNot(scope), new Dictionary<string, object?> { ["required_scope"] = scope }).ExecuteAsync(context);
            return;
        }

        context.Features.Set(merchant);
        await next(context);
    }

    internal static Task ChallengeAsync(HttpContext context, Refusal refusal)
    {
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problem.From(refusal).ExecuteAsync(context);
    }

    private static Refusal MayNot(string scope) =>
        new(RefusalKind.Forbidden, "insufficient_scope", $"This API key may not do that: it takes the scope {scope}, which the key doesn't have. Nothing was done.");
}
