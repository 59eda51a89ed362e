using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace PayFlow.ServiceDefaults.Acquirers;

/// <summary>The pipelines of all acquirers, one each, for the life of the process.</summary>
public sealed class AcquirerPipelines
{
    private readonly ConcurrentDictionary<string, AcquirerPipeline> _byAcquirer = new(StringComparer.Ordinal);
    private readonly AcquirerOptions _options;
    private readonly TimeProvider _time;

    public AcquirerPipelines(IOptions<AcquirerOptions> options, TimeProvider time, IMeterFactory meters)
    {
        _options = options.Value;
        _time = time;
        var meter = meters.Create("PayFlow.Acquirers");
        meter.CreateObservableGauge("payflow.acquirer.breaker.state", () => Measure(breaker => (int)breaker.State), description: "0 closed, 1 open, 2 half open, 3 ramping up.");
        meter.CreateObservableGauge("payflow.acquirer.breaker.failures", () => Measure(breaker => breaker.Failures), description: "Failures in a row.");
        meter.CreateObservableGauge("payflow.acquirer.share", () => Measure(breaker => breaker.Share), description: "Share of its traffic that it gets: grows from 0 to 1 after an outage.");
    }

    /// <summary>The pipelines used so far.</summary>
    public IReadOnlyCollection<AcquirerPipeline> All => [.. _byAcquirer.Values.OrderBy(pipeline => pipeline.Acquirer, StringComparer.Ordinal)];

    /// <summary>The pipeline of an acquirer. Names come from configuration, so there are few.</summary>
    public AcquirerPipeline For(string acquirer) =>
        _byAcquirer.GetOrAdd(acquirer, static (name, self) => new AcquirerPipeline(name, self._options, self._time, Random.Shared.NextDouble), this);

    private IEnumerable<Measurement<T>> Measure<T>(Func<BreakerView, T> value) where T : struct =>
        All.Select(pipeline => new Measurement<T>(value(pipeline.Breaker), new KeyValuePair<string, object?>("acquirer", pipeline.Acquirer)));
}

/// <summary>Registration of <see cref="AcquirerPipelines"/>.</summary>
public static class AcquirerPipelinesExtensions
{
    /// <summary>Adds <see cref="AcquirerPipelines"/> and a health check that shows every breaker (degraded while one isn't closed).</summary>
    public static IHostApplicationBuilder AddAcquirerPipelines(this IHostApplicationBuilder builder)
    {
        builder.AddValidatedOptions<AcquirerOptions>(AcquirerOptions.Section);
        builder.Services.TryAddSingleton<AcquirerPipelines>();
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            "acquirers", services => new BreakersCheck(services.GetRequiredService<AcquirerPipelines>()), HealthStatus.Degraded, [Health.ReadyChecks.Tag]));
        return builder;
    }

    private sealed class BreakersCheck(AcquirerPipelines pipelines) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            var states = pipelines.All.ToDictionary(pipeline => pipeline.Acquirer, pipeline => pipeline.Breaker.State);
            var data = states.ToDictionary(pair => pair.Key, pair => (object)JsonNamingPolicy.SnakeCaseLower.ConvertName(pair.Value.ToString()));
            return Task.FromResult(states.Values.All(state => state == BreakerState.Closed)
                ? HealthCheckResult.Healthy(data: data)
                : HealthCheckResult.Degraded("An acquirer's breaker isn't closed.", data: data));
        }
    }
}
