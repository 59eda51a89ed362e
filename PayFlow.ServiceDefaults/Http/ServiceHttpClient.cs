using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using PayFlow.ServiceDefaults.Correlation;

namespace PayFlow.ServiceDefaults.Http;

/// <summary>HTTP clients to services that speak REST.</summary>
public static class ServiceHttpClient
{
    /// <summary>
    /// A named client (<see cref="IHttpClientFactory"/>) whose base address is <c>services:NAME:http:0</c>. Trace context and correlation id go along.
    /// Its own time-out is only the last resort: callers bound their calls.
    /// </summary>
    public static IHttpClientBuilder AddServiceHttpClient(this IHostApplicationBuilder builder, string service)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = ServiceAddress.Of(builder.Configuration, service, "http");
        builder.Services.AddTransient<CorrelationHandler>();
        return builder.Services
            .AddHttpClient(service, client =>
            {
                client.BaseAddress = address;
                client.Timeout = TimeSpan.FromSeconds(30);
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                ConnectTimeout = TimeSpan.FromSeconds(2),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),   // so that a moved service is found again
                AllowAutoRedirect = false,
                UseCookies = false,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .AddHttpMessageHandler<CorrelationHandler>();
    }
}
