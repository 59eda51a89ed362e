using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults.Http;

namespace PayFlow.ServiceDefaults.Rpc;

/// <summary>gRPC clients to the other services: one channel per service, a deadline on every call.</summary>
public static class GrpcClients
{
    /// <summary>
    /// Registers a client of a service at <c>services:NAME:grpc:0</c>:
    /// <code>builder.AddGrpcClient("ledger", invoker => new Ledger.LedgerClient(invoker));</code>
    /// Clients of one service share its channel.
    /// </summary>
    public static IHostApplicationBuilder AddGrpcClient<TClient>(this IHostApplicationBuilder builder, string service, Func<CallInvoker, TClient> create)
        where TClient : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        var address = ServiceAddress.Of(builder.Configuration, service, "grpc");
        builder.AddValidatedOptions<GrpcClientOptions>(GrpcClientOptions.Section);
        builder.Services.TryAddKeyedSingleton(service, (services, _) => Connect(address, services));
        builder.Services.AddSingleton(services => create(services.GetRequiredKeyedService<GrpcChannel>(service).Intercept(
            new DeadlineInterceptor(services.GetRequiredService<IOptions<GrpcClientOptions>>().Value.Deadline))));
        return builder;
    }

    private static GrpcChannel Connect(Uri address, IServiceProvider services) => GrpcChannel.ForAddress(address, new GrpcChannelOptions
    {
        // A service that was killed is back within seconds; gRPC's own back-off goes up to two minutes.
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(200),
        MaxReconnectBackoff = TimeSpan.FromSeconds(2),
        LoggerFactory = services.GetRequiredService<ILoggerFactory>(),
        HttpHandler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            EnableMultipleHttp2Connections = true,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            // Finds a connection whose other end went away without saying so.
            KeepAlivePingDelay = TimeSpan.FromSeconds(20),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(5),
        },
        DisposeHttpClient = true,
    });
}
