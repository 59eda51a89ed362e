using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PayFlow.Standins.Aspire.UnitTests;

internal static class Hosts
{
    /// <summary>A host builder that knows this configuration only.</summary>
    public static HostApplicationBuilder With(params (string Key, string Value)[] configuration)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(configuration.Select(entry => KeyValuePair.Create(entry.Key, (string?)entry.Value)));
        builder.Services.AddLogging();
        return builder;
    }

    public static IReadOnlyList<string> HealthChecks(this IHost host) =>
        [.. host.Services.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(check => check.Name)];

    public static async Task<HealthReport> CheckAsync(this IHost host) =>
        await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
}
