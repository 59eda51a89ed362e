using global::Confluent.Kafka;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Confluent.Kafka;

/// <summary>Healthy when a message to the topic <c>healthchecks-topic</c> is acknowledged within a second.</summary>
internal sealed class KafkaHealthCheck(ClientConfig client) : IHealthCheck
{
    private const int TimeoutMs = 1000;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // The check is created anew for each poll, so the producer lives for one message.
            var config = new ProducerConfig(new ClientConfig(new Dictionary<string, string> { ["bootstrap.servers"] = client.BootstrapServers })) { SocketTimeoutMs = TimeoutMs, MessageTimeoutMs = TimeoutMs };
            using var producer = new ProducerBuilder<Null, string>(config).Build();
            await producer.ProduceAsync("healthchecks-topic", new Message<Null, string> { Value = "healthy?" }, cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new HealthCheckResult(context.Registration.FailureStatus, failure.Message, failure);
        }
    }
}
