using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PayFlow.ServiceDefaults;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Gateway.IntegrationTests.Support;

/// <summary>The gateway as its Program.cs builds it, on a free port, in front of an <see cref="Support.Upstream"/>.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private static readonly string[] Services = ["auth", "ledger", "batch", "reconciler"];

    private readonly WebApplication _app;

    private GatewayUnderTest(WebApplication app, Upstream upstream)
    {
        _app = app;
        Upstream = upstream;
        Address = new Uri(app.Urls.First());
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Address };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", FakeAuth.Key);
    }

    public Upstream Upstream { get; }

    public FakeAuth Auth => Upstream.Auth;

    public Uri Address { get; }

    /// <summary>A client with the key of <see cref="FakeAuth.MerchantId"/>.</summary>
    public HttpClient Client { get; }

    public InternalIdentity Identity => _app.Services.GetRequiredService<InternalIdentity>();

    public static async Task<GatewayUnderTest> StartAsync(TimeProvider? time = null, params (string Key, string? Value)[] settings)
    {
        var upstream = await Upstream.StartAsync();
        upstream.Auth.Add(FakeAuth.Key);
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection(
        [
            new("Kestrel:Endpoints:http:Url", "http://127.0.0.1:0"),
            new("InternalIdentity:Key", "a key that only these tests know, 32+"),
            new("services:auth:grpc:0", $"http://127.0.0.1:{upstream.GrpcPort}"),
            .. Services.Select(service => KeyValuePair.Create<string, string?>($"services:{service}:http:0", $"http://127.0.0.1:{upstream.HttpPort}")),
        ]);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Logging.ClearProviders();
        if (time is not null)
        {
            builder.Services.AddSingleton(time);
        }

        // As in Program.cs.
        builder.AddServiceDefaults("gateway", options => (options.VerifyCallers, options.ServeApiDocument) = (false, false));
        builder.AddGateway();
        var app = builder.Build();
        app.UseServiceDefaults();
        app.MapDefaultEndpoints();
        app.MapGateway();
        await app.StartAsync();
        return new GatewayUnderTest(app, upstream);
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? key = FakeAuth.Key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key != FakeAuth.Key)
        {
            request.Headers.TryAddWithoutValidation("Authorization", key is null ? "" : $"Bearer {key}");
        }

        return Client.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>Checks that an answer is a problem of this kind, with every member that a problem has.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.All(["type", "title", "detail", "instance"], member => Assert.NotEmpty(problem.GetProperty(member).GetString()!));
        Assert.Equal(answer.Headers.GetValues("X-Correlation-Id").Single(), problem.GetProperty("request_id").GetString());
        Assert.Equal(status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.BadGateway, problem.GetProperty("retryable").GetBoolean());
        Assert.Equal(status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable, answer.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        return problem;
    }
}
