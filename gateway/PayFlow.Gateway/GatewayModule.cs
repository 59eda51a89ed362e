using System.Diagnostics;
using PayFlow.Contracts.Auth.V1;
using PayFlow.Gateway.ApiKeys;
using PayFlow.Gateway.Documentation;
using PayFlow.Gateway.Forwarding;
using PayFlow.Gateway.RateLimits;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Rpc;

namespace PayFlow.Gateway;

/// <summary>The gateway: who asks, how often they may, and which service answers. It keeps no state that can't be lost.</summary>
public static class GatewayModule
{
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddInternalIdentity();
        builder.AddValidatedOptions<ForwardingOptions>(ForwardingOptions.Section);
        builder.AddValidatedOptions<ApiKeyOptions>(ApiKeyOptions.Section);
        builder.AddValidatedOptions<RateLimitOptions>(RateLimitOptions.Section);

        builder.AddGrpcClient("auth", invoker => new Merchants.MerchantsClient(invoker));
        builder.Services.AddSingleton<ApiKeyDirectory>();
        builder.Services.AddSingleton<AdministratorDirectory>();
        builder.Services.AddSingleton<KeyUses>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyUses>());
        builder.Services.AddHostedService<KeyChangesFeed>();
        builder.Services.AddSingleton<CallerRateLimits>();
        builder.Services.AddSingleton<ApiDocuments>();
        builder.Services.AddSingleton<DistributedContextPropagator>(new TraceOnlyPropagator());
        builder.AddForwarding();
        return builder;
    }

    public static WebApplication MapGateway(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseHsts();   // says nothing on plain http and on loopback
        app.UseMiddleware<MerchantMiddleware>();
        app.UseMiddleware<AdministratorMiddleware>();
        app.MapDocumentation();
        app.MapForwarding();
        return app;
    }
}
