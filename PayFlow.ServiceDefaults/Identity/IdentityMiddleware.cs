using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Problems;

namespace PayFlow.ServiceDefaults.Identity;

/// <summary>Lets requests under <c>/v1</c> pass with a valid identity only, those under <c>/admin</c> with an administrator's, and requests under <c>/internal</c> with the operators' key only.</summary>
internal sealed class IdentityMiddleware(RequestDelegate next, ServiceDefaultsOptions options, IServiceProvider services, IConfiguration configuration)
{
    private const string OpsKeyHeader = "X-Ops-Key";

    private static readonly Refusal NoIdentity = new(RefusalKind.Unauthenticated, "unauthenticated", "Requests come through the gateway, with an API key.");
    private static readonly Refusal NoAdministrator = new(RefusalKind.Unauthenticated, "unauthenticated", "Administrators' requests come through the gateway, with an administrator's key.");
    private static readonly Refusal NoOpsKey = new(RefusalKind.Unauthenticated, "unauthenticated", $"Operators' requests carry the header {OpsKeyHeader}.");

    private readonly InternalIdentity? _identity = options.VerifyCallers ? services.GetRequiredService<InternalIdentity>() : null;

    // Hashed, so that comparing takes the same time whatever the length.
    private readonly byte[]? _opsKey = configuration["OpsKey"] is { Length: > 0 } key ? SHA256.HashData(Encoding.UTF8.GetBytes(key)) : null;

    public Task InvokeAsync(HttpContext context)
    {
        var path = context.Request.Path;
        if (path.StartsWithSegments("/internal", StringComparison.OrdinalIgnoreCase) && !HasOpsKey(context))
        {
            return Problem.From(NoOpsKey).ExecuteAsync(context);
        }

        if (_identity is not null && path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
        {
            if (context.Request.Headers[InternalIdentity.Header] is not [var header] || !_identity.TryVerify(header, out var caller))
            {
                return Problem.From(NoIdentity).ExecuteAsync(context);
            }

            context.Features.Set(caller);
            Activity.Current?.SetTag("payflow.merchant_id", caller.MerchantId.ToString());
        }

        if (_identity is not null && path.StartsWithSegments("/admin", StringComparison.OrdinalIgnoreCase))
        {
            if (context.Request.Headers[InternalIdentity.AdministratorHeader] is not [var header] || !_identity.TryVerifyAdministrator(header, out var administrator))
            {
                return Problem.From(NoAdministrator).ExecuteAsync(context);
            }

            context.Features.Set(administrator);
        }

        return next(context);
    }

    private bool HasOpsKey(HttpContext context) =>
        _opsKey is not null
        && context.Request.Headers[OpsKeyHeader] is [{ Length: > 0 } given]
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), _opsKey);
}
