using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using PayFlow.ServiceDefaults.Correlation;
using PayFlow.ServiceDefaults.Health;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Json;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Rpc;
using PayFlow.ServiceDefaults.Telemetry;

namespace PayFlow.ServiceDefaults;

/// <summary>What every process of PayFlow does the same way: telemetry, health, problems, identity, limits. No business.</summary>
public static class ServiceDefaultsExtensions
{
    // Lowest of all sources: appsettings and environment override them.
    private static readonly Dictionary<string, string?> QuietDefaults = new()
    {
        ["Logging:Console:FormatterName"] = ConsoleLines.FormatterName,
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Warning",
        ["Logging:LogLevel:System.Net.Http.HttpClient"] = "Warning",
        ["Logging:LogLevel:Grpc"] = "Warning",
        ["Logging:LogLevel:Npgsql"] = "Warning",
        ["Logging:LogLevel:Yarp"] = "Error",
    };

    /// <summary>Adds the defaults to a process. The first call in every <c>Program.cs</c>.</summary>
    /// <param name="service">Its name in the AppHost: <c>auth</c>.</param>
    public static IHostApplicationBuilder AddServiceDefaults(this IHostApplicationBuilder builder, string service, Action<ServiceDefaultsOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var options = new ServiceDefaultsOptions();
        configure?.Invoke(options);
        builder.Services.AddSingleton(options);

        ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = QuietDefaults });
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Logging.AddConsoleFormatter<ConsoleLines, ConsoleFormatterOptions>();
        OpenTelemetryPipeline.Add(builder, service);
        HealthEndpoints.Add(builder);
        ApiDocument.Add(builder, service);

        builder.Services.ConfigureHttpJsonOptions(json => ApiJson.Apply(json.SerializerOptions));
        builder.Services.Configure<RouteHandlerOptions>(routing => routing.ThrowOnBadRequest = true);   // so that binding errors become problems
        builder.Services.Configure<KestrelServerOptions>(Limit);
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<RefusalInterceptor>());
        if (options.VerifyCallers)
        {
            builder.AddInternalIdentity();
        }

        return builder;
    }

    /// <summary>Adds signing and verifying of <see cref="Caller"/> (section <c>InternalIdentity</c>).</summary>
    public static IHostApplicationBuilder AddInternalIdentity(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<InternalIdentityOptions>("InternalIdentity");
        builder.Services.TryAddSingleton<InternalIdentity>();
        return builder;
    }

    /// <summary>Puts the defaults in front of every endpoint. The first call after <c>Build</c>.</summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.UseMiddleware<CorrelationMiddleware>();
        app.Use(HttpSpanMiddleware.InvokeAsync);
        app.UseMiddleware<ProblemMiddleware>();
        app.UseRouting();
        app.Use(BodyLimit.InvokeAsync);   // after routing: an endpoint may take more than the others
        app.UseMiddleware<IdentityMiddleware>();
        return app;
    }

    /// <summary>Maps <c>/health</c>, <c>/alive</c> and <c>/openapi/v1.json</c>.</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        HealthEndpoints.Map(app);
        if (app.Services.GetRequiredService<ServiceDefaultsOptions>().ServeApiDocument)
        {
            app.MapOpenApi("/openapi/{documentName}.json");
        }

        return app;
    }

    private static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = BodyLimit.Bytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * 1024;
        kestrel.Limits.MaxRequestHeaderCount = 64;
        kestrel.Limits.MaxRequestLineSize = 8 * 1024;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
    }
}
