using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace PayFlow.ServiceDefaults.Telemetry;

/// <summary>
/// Traces, metrics and logs to an OTLP collector, when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names one; without it nothing is collected. The framework's
/// own sources are listened to, so no instrumentation packages are needed. The usual <c>OTEL_*</c> variables apply (protocol, headers, sampler, intervals).
/// </summary>
internal static class OpenTelemetryPipeline
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Grpc.Net.Client", "Npgsql", "Yarp.ReverseProxy", "PayFlow.*"];

    private static readonly string[] Meters =
    [
        "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Diagnostics", "System.Net.Http", "System.Runtime", "Npgsql", "PayFlow.*",
    ];

    public static void Add(IHostApplicationBuilder builder, string service)
    {
        // Server spans carry method, path and status only with this switch, and it is read when the host is built.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", false);
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            return;
        }

        // As factories, so that the container disposes them and disposal flushes. Each provider has services of its own: it is given our configuration,
        // where OTEL_* may stand too.
        builder.Services.AddSingleton(services => Sdk.CreateTracerProviderBuilder()
            .ConfigureServices(own => own.AddSingleton(services.GetRequiredService<IConfiguration>()))
            .SetResourceBuilder(Resource(service)).AddSource(Sources).AddOtlpExporter().Build());
        builder.Services.AddSingleton(services => Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(own => own.AddSingleton(services.GetRequiredService<IConfiguration>()))
            .SetResourceBuilder(Resource(service)).AddMeter(Meters).AddOtlpExporter().Build());
        builder.Services.AddHostedService<Start>();
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.SetResourceBuilder(Resource(service));
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.AddOtlpExporter();
        });
    }

    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes last and wins.
    private static ResourceBuilder Resource(string service) => ResourceBuilder.CreateEmpty()
        .AddService(service, serviceNamespace: "payflow", serviceVersion: Assembly.GetEntryAssembly()?.GetName().Version?.ToString())
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    /// <summary>Creates the providers before the first request; hosted services start in order of registration, this one first.</summary>
    private sealed class Start(TracerProvider tracing, MeterProvider metrics) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            tracing.ForceFlush(2_000);
            metrics.ForceFlush(2_000);
            return Task.CompletedTask;
        }
    }
}
