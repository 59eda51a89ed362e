using System.Net;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PayFlow.Standins.Grpc.UnitTests.Protos;

namespace PayFlow.Standins.Grpc.UnitTests;

/// <summary>The echo service on Kestrel, plaintext HTTP/2, on a free port of this machine.</summary>
public sealed class EchoServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private EchoServer(WebApplication app, GrpcChannel channel)
    {
        _app = app;
        Channel = channel;
        Client = new Echo.EchoClient(channel);
    }

    public GrpcChannel Channel { get; }

    public Echo.EchoClient Client { get; }

    public EchoService Service => _app.Services.GetRequiredService<EchoService>();

    public Uri Address => AddressOf(_app);

    public static async Task<EchoServer> StartAsync(Action<GrpcServiceOptions>? server = null, Action<GrpcChannelOptions>? client = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => server?.Invoke(options));
        builder.Services.AddSingleton<EchoService>();
        var app = builder.Build();
        app.MapGrpcService<EchoService>();
        await app.StartAsync();

        var channel = new GrpcChannelOptions();
        client?.Invoke(channel);
        return new EchoServer(app, GrpcChannel.ForAddress(AddressOf(app), channel));
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await _app.DisposeAsync();
    }

    private static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
}
