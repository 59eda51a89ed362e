using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace PayFlow.ServiceDefaults.Health;

/// <summary>How much a service needs what is checked.</summary>
public enum Need
{
    /// <summary>Without it the service can't work: unhealthy, 503, no traffic.</summary>
    Required,

    /// <summary>Without it the service works, slower or later: degraded, still 200.</summary>
    Optional,
}

/// <summary>Checks that decide whether a process should get traffic.</summary>
public static class ReadyChecks
{
    /// <summary>The tag of checks that <c>/health</c> runs.</summary>
    public const string Tag = "ready";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Adds a check: it passes when the probe returns within 2 seconds, and fails when it throws.</summary>
    public static IHostApplicationBuilder AddReadyCheck(
        this IHostApplicationBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task> probe, Need need = Need.Required)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name,
            services => new ProbeCheck(services, probe),
            need == Need.Required ? HealthStatus.Unhealthy : HealthStatus.Degraded,
            [Tag],
            Patience));
        return builder;
    }

    private sealed class ProbeCheck(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> probe) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                // Also against clients that don't heed the token.
                await probe(services, cancellationToken).WaitAsync(Patience, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // The description is logged, as a line rather than a stack; /health doesn't show it.
                return new HealthCheckResult(context.Registration.FailureStatus, exception.Message);
            }
        }
    }
}
