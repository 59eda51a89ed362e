using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.UnitTests.Support;

namespace PayFlow.ServiceDefaults.UnitTests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_AllWell_Is200()
    {
        await using var service = await TestService.StartAsync(_ => { }, builder => builder.AddReadyCheck("database", (_, _) => Task.CompletedTask));
        var (status, body) = await HealthAsync(service, "/health");
        Assert.Equal((HttpStatusCode.OK, "healthy", "healthy"), (status, Status(body), CheckStatus(body, "database")));
    }

    [Fact]
    public async Task Health_RequiredAway_Is503AndSaysWhichWithoutItsError()
    {
        await using var service = await TestService.StartAsync(
            _ => { }, builder => builder.AddReadyCheck("database", (_, _) => throw new InvalidOperationException("Password=secret")));
        var (status, body) = await HealthAsync(service, "/health");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "unhealthy", "unhealthy"), (status, Status(body), CheckStatus(body, "database")));
        Assert.DoesNotContain("secret", body.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await HealthAsync(service, "/alive")).Status);
    }

    [Fact]
    public async Task Health_OptionalAway_IsDegradedAndStill200()
    {
        await using var service = await TestService.StartAsync(_ => { }, builder => builder.AddReadyCheck("redis", (_, _) => throw new TimeoutException(), Need.Optional));
        var (status, body) = await HealthAsync(service, "/health");
        Assert.Equal((HttpStatusCode.OK, "degraded", "degraded"), (status, Status(body), CheckStatus(body, "redis")));
    }

    [Fact]
    public async Task Health_ProbeThatHangsAndIgnoresItsToken_IsUnhealthyInTime()
    {
        await using var service = await TestService.StartAsync(_ => { }, builder => builder.AddReadyCheck("kafka", (_, _) => Task.Delay(Timeout.Infinite, CancellationToken.None)));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await HealthAsync(service, "/health")).Status);
    }

    // The Aspire integrations register theirs without a tag; they must count.
    [Fact]
    public async Task Health_CheckWithoutTag_Counts()
    {
        await using var service = await TestService.StartAsync(_ => { }, builder => builder.Services.AddHealthChecks().AddCheck("PostgreSql", () => HealthCheckResult.Unhealthy()));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await HealthAsync(service, "/health")).Status);
    }

    [Fact]
    public async Task Health_OpenBreaker_IsDegradedAndNamed()
    {
        await using var service = await TestService.StartAsync(_ => { }, builder => builder.AddAcquirerPipelines(), ("Acquirers:Resilience:BreakAfter", "1"), ("Acquirers:Resilience:Retries", "0"));
        var pipeline = service.Services.GetRequiredService<AcquirerPipelines>().For("northbank");
        await Assert.ThrowsAsync<AcquirerFailedException>(() => pipeline.ExecuteAsync<int>(_ => throw new HttpRequestException(HttpRequestError.ConnectionError, "refused"), new AcquirerCall(), CancellationToken.None));
        var (status, body) = await HealthAsync(service, "/health");
        Assert.Equal((HttpStatusCode.OK, "degraded"), (status, Status(body)));
        Assert.Equal("open", body.GetProperty("checks").GetProperty("acquirers").GetProperty("northbank").GetString());
    }

    private static string? Status(JsonElement body) => body.GetProperty("status").GetString();

    private static string? CheckStatus(JsonElement body, string check) => body.GetProperty("checks").GetProperty(check).GetProperty("status").GetString();

    private static async Task<(HttpStatusCode Status, JsonElement Body)> HealthAsync(TestService service, string path)
    {
        var answer = await service.Client.GetAsync(path);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }
}
