using Microsoft.Extensions.Options;
using PayFlow.Gateway.ApiKeys;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.Http;
using PayFlow.ServiceDefaults.Identity;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace PayFlow.Gateway.Forwarding;

/// <summary>YARP, configured from <see cref="PublicRoutes"/> and the addresses that the AppHost injects.</summary>
internal static class ForwardingExtensions
{
    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        var addresses = PublicRoutes.Services.ToDictionary(service => service, service => ServiceAddress.Of(builder.Configuration, service, "http"));
        foreach (var service in PublicRoutes.Services)
        {
            builder.AddServiceHttpClient(service);
            builder.AddReadyCheck(service, (services, cancellationToken) => AliveAsync(services, service, cancellationToken), Need.Optional);
        }

        builder.Services.AddReverseProxy().AddTransforms(Transform);
        builder.Services.AddSingleton<IProxyConfigProvider>(services => new InMemoryConfigProvider(
            [.. PublicRoutes.All.Select(Route)],
            [.. addresses.Select(address => Cluster(address.Key, address.Value, services.GetRequiredService<IOptions<ForwardingOptions>>().Value))]));
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(services =>
            new ConnectTimeoutClientFactory(services.GetRequiredService<IOptions<ForwardingOptions>>().Value.Connect));
    }

    public static void MapForwarding(this WebApplication app) => app.MapReverseProxy(proxy => proxy.Use(ForwardFailure.InvokeAsync));

    private static RouteConfig Route(PublicRoute route) => new()
    {
        RouteId = $"{route.Method} {route.Path}",
        ClusterId = route.Service,
        Match = new RouteMatch { Methods = [route.Method], Path = route.Path },
        Metadata = new Dictionary<string, string> { [PublicRoutes.ScopeMetadata] = route.Scope },
    };

    private static ClusterConfig Cluster(string service, Uri address, ForwardingOptions options) => new()
    {
        ClusterId = service,
        Destinations = new Dictionary<string, DestinationConfig> { [service] = new() { Address = address.ToString() } },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = options.Silence, Version = new Version(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
    };

    private static void Transform(TransformBuilderContext transforms)
    {
        // Who may say who asks: nobody but us. And the key itself goes no further than here.
        transforms.AddRequestTransform(context =>
        {
            var headers = context.ProxyRequest.Headers;
            foreach (var name in headers.Select(header => header.Key).Where(IsInternal).ToList())
            {
                headers.Remove(name);
            }

            headers.Authorization = null;
            var identity = context.HttpContext.RequestServices.GetRequiredService<InternalIdentity>();
            if (context.HttpContext.Features.Get<Merchant>() is { } merchant)
            {
                headers.Add(InternalIdentity.Header, identity.Sign(merchant.Caller));
            }
            else if (context.HttpContext.Features.Get<Administrator>() is { } administrator)
            {
                headers.Add(InternalIdentity.AdministratorHeader, identity.Sign(administrator));
            }
            else if (PublicRoutes.ScopeOf(context.HttpContext.GetEndpoint()) != PublicRoutes.Payers)
            {
                throw new InvalidOperationException("A request from nobody reached the proxy.");
            }

            return ValueTask.CompletedTask;
        });

        // One correlation id, also when the service echoes it.
        transforms.AddResponseTransform(context =>
        {
            context.HttpContext.Response.Headers[CorrelationId.Header] = context.HttpContext.Request.Headers[CorrelationId.Header];
            return ValueTask.CompletedTask;
        });
    }

    private static bool IsInternal(string header) =>
        header.StartsWith("X-PayFlow-", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Ops-", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Cookie", StringComparison.OrdinalIgnoreCase)
        || header.Equals("baggage", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Correlation-Context", StringComparison.OrdinalIgnoreCase);

    private static async Task AliveAsync(IServiceProvider services, string service, CancellationToken cancellationToken)
    {
        using var answer = await services.GetRequiredService<IHttpClientFactory>().CreateClient(service).GetAsync(new Uri("/alive", UriKind.Relative), cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    private sealed class ConnectTimeoutClientFactory(TimeSpan connect) : ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            handler.ConnectTimeout = connect;
        }
    }
}
