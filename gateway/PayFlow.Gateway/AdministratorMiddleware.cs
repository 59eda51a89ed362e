using PayFlow.Gateway.ApiKeys;
using PayFlow.Gateway.RateLimits;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.Gateway;

/// <summary>Lets requests under <c>/admin</c> pass that carry an administrator's key, as often as one may. A merchant's key opens nothing there, nor an administrator's anything else.</summary>
internal sealed class AdministratorMiddleware(RequestDelegate next, AdministratorDirectory keys, CallerRateLimits limits)
{
    private static readonly Refusal NoKey = new(RefusalKind.Unauthenticated, "unauthenticated", "Send an administrator's key: Authorization: Bearer ak_…");
    private static readonly Refusal UnknownKey = new(RefusalKind.Unauthenticated, "unknown_api_key", "This administrator's key is unknown.");

    public async Task InvokeAsync(HttpContext context)
    {
        if (!context.Request.Path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase))
        {
            await next(context);
            return;
        }

        if (context.Request.Headers.Authorization is not [var authorization] || !ApiKeyHash.TryRead(authorization, ApiKeyHash.OfAdministrators, out var key))
        {
            await MerchantMiddleware.ChallengeAsync(context, NoKey);
            return;
        }

        var answer = await keys.FindAsync(key, context.RequestAborted);
        if (answer.Owner is not { } administrator)
        {
            await (answer.IsAuthAway ? Problem.From(MerchantMiddleware.AuthAway).ExecuteAsync(context) : MerchantMiddleware.ChallengeAsync(context, UnknownKey));
            return;
        }

        if (!limits.TryTake(administrator, out var tooMany))
        {
            await Problem.From(tooMany).ExecuteAsync(context);
            return;
        }

        context.Features.Set(administrator);
        await next(context);
    }
}
