using System.Net.Http.Json;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PayFlow.Auth.Merchants;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Support;

/// <summary>An Auth in this process, as its Program.cs builds it. Two of them are to each other what two processes are: they share only the database, Redis and Kafka.</summary>
public sealed class AuthHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private AuthHost(WebApplication app, Uri http, Uri grpc)
    {
        this.app = app;
        Http = http;
        Channel = GrpcChannel.ForAddress(grpc);
    }

    public Uri Http { get; }

    public GrpcChannel Channel { get; }

    public T Get<T>() where T : notnull => app.Services.GetRequiredService<T>();

    public static async Task<AuthHost> StartAsync(World world, Action<Dictionary<string, string?>>? configure = null, Action<ILoggingBuilder>? logging = null)
    {
        var settings = world.Settings();
        configure?.Invoke(settings);
        var (http, grpc) = (World.Local(FreePort.Next()), World.Local(FreePort.Next()));
        settings["Kestrel:Endpoints:http:Url"] = http.AbsoluteUri;
        settings["Kestrel:Endpoints:grpc:Url"] = grpc.AbsoluteUri;

        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = Environments.Development, ContentRootPath = Repository.Path("services", "Auth") });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.AddServiceDefaults("auth");
        builder.AddAuth();
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapAuth();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();   // what had started already
            throw;
        }

        return new AuthHost(app, http, grpc);
    }

    /// <summary>A merchant of the test's own, and a client that speaks for it.</summary>
    public async Task<MerchantClient> NewMerchantAsync(string zone = "UTC")
    {
        var created = await Get<CreateMerchant>().HandleAsync(new CreateMerchantCommand("Shop", Mode.Test, zone, 0), CancellationToken.None);
        Assert.True(created.TryGet(out var merchant, out var refusal), refusal?.Message);
        return ClientOf(merchant.Merchant.Id);
    }

    public MerchantClient ClientOf(Id merchant, Mode mode = Mode.Test, params string[] scopes) => new(Http, Get<InternalIdentity>(), merchant, mode, scopes);

    public AdministratorClient Administrator(string name = "ada") => new(Http, Get<InternalIdentity>(), name);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
