using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.ServiceDefaults.UnitTests.Support;

/// <summary>A service as PayFlow's are: real Kestrel, an http and a grpc endpoint on free ports, everything from ServiceDefaults.</summary>
internal sealed class TestService : IAsyncDisposable
{
    public const string Key = "a key that only these tests know, 32+";

    private readonly WebApplication _app;

    private TestService(WebApplication app)
    {
        _app = app;
        var addresses = app.Urls.ToArray();
        Http = new Uri(addresses[0]);
        Grpc = new Uri(addresses[1]);
        Client = new HttpClient { BaseAddress = Http };
    }

    public Uri Http { get; }

    public Uri Grpc { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public LogLines Logs { get; private init; } = new();

    public static async Task<TestService> StartAsync(
        Action<WebApplication> map, Action<WebApplicationBuilder>? add = null, params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection([new("InternalIdentity:Key", Key), new("OpsKey", "the operators' key")]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        var logs = new LogLines();
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(System.Net.IPAddress.Loopback, builder.Configuration.GetValue("test:grpc:port", 0), listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.AddServiceDefaults("test", options => options.VerifyCallers = builder.Configuration.GetValue("test:verify", true));
        add?.Invoke(builder);
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        map(app);
        await app.StartAsync();
        return new TestService(app) { Logs = logs };
    }

    /// <summary>A merchant's signed identity, as the gateway sends it.</summary>
    public string Identity(Id? merchant = null) => Services.GetRequiredService<InternalIdentity>().Sign(
        new Caller(merchant ?? Merchant(7), Mode.Test, (merchant ?? Merchant(7)).Slot, "key_1", ["payments"]));

    public static Id Merchant(int slot) => Id.New(IdPrefix.Merchant, new Slot(slot), new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
