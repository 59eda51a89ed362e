using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.ServiceDefaults.Health;

/// <summary>
/// <c>/health</c>: should this process get traffic? <c>/alive</c>: should it go on living? Both also in production, where the orchestrator asks them;
/// they name components and states, never addresses or errors.
/// </summary>
internal static class HealthEndpoints
{
    private const string LiveTag = "live";

    public static void Add(IHostApplicationBuilder builder) =>
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [LiveTag]);

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Every check counts for /health, also those that client libraries register without a tag.
        routes.MapHealthChecks("/health", new HealthCheckOptions { Predicate = check => !check.Tags.Contains(LiveTag), ResponseWriter = WriteAsync })
            .ExcludeFromDescription();
        routes.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag), ResponseWriter = WriteAsync })
            .ExcludeFromDescription();
    }

    private static async Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        await using var writer = new Utf8JsonWriter(context.Response.BodyWriter, new JsonWriterOptions { Encoder = ApiJson.Encoder });
        writer.WriteStartObject();
        writer.WriteString("status", Name(report.Status));
        writer.WriteString("service", context.RequestServices.GetRequiredService<IHostEnvironment>().ApplicationName);
        writer.WriteString("version", Version);
        writer.WriteStartObject("checks");
        foreach (var (name, entry) in report.Entries)
        {
            writer.WriteStartObject(name);
            writer.WriteString("status", Name(entry.Status));
            writer.WriteNumber("duration_ms", Math.Round(entry.Duration.TotalMilliseconds, 1));
            foreach (var (key, value) in entry.Data)
            {
                writer.WriteString(key, value.ToString());
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static string Version { get; } =
        Assembly.GetEntryAssembly()?.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "healthy",
        HealthStatus.Degraded => "degraded",
        _ => "unhealthy",
    };
}
