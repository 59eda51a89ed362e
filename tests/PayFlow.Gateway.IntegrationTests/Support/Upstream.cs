using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace PayFlow.Gateway.IntegrationTests.Support;

/// <summary>What a service got.</summary>
internal sealed record Received(string Method, string Path, string Query, IReadOnlyDictionary<string, string[]> Headers, string Body);

/// <summary>The services behind the gateway: one real Kestrel that keeps what it got and answers as it is told. It also plays Auth's gRPC.</summary>
internal sealed class Upstream : IAsyncDisposable
{
    private WebApplication? _app;

    public FakeAuth Auth { get; } = new();

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>How requests are answered; the path in JSON unless told otherwise.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = context => context.Response.WriteAsJsonAsync(new { path = context.Request.Path.Value });

    public int HttpPort { get; private set; }

    public int GrpcPort { get; private set; }

    public static async Task<Upstream> StartAsync()
    {
        var upstream = new Upstream();
        await upstream.StartAgainAsync();
        return upstream;
    }

    /// <summary>Starts, on the same ports as before if there was a before.</summary>
    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();   // the gateway's appsettings.json lies beside these tests
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(Auth);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPAddress.Loopback, GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.MapGrpcService<FakeAuth>();
        _app.Map("/{**path}", HandleAsync);
        await _app.StartAsync();
        var ports = _app.Urls.Select(url => new Uri(url).Port).ToArray();
        (HttpPort, GrpcPort) = (ports[0], ports[1]);
    }

    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            await app.StopAsync(new CancellationToken(canceled: true));
            await app.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = context.Request;
        Requests.Enqueue(new Received(
            request.Method,
            request.Path.Value ?? "",
            request.QueryString.Value ?? "",
            request.Headers.ToDictionary(header => header.Key, header => header.Value.Select(value => value ?? "").ToArray(), StringComparer.OrdinalIgnoreCase),
            await reader.ReadToEndAsync()));
        await Answer(context);
    }
}
