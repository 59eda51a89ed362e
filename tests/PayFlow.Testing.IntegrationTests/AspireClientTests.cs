using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace PayFlow.Testing.IntegrationTests;

/// <summary>Aspire's client integrations (or what stands in for them) against real servers.</summary>
public sealed class AspireClientTests
{
    [Fact]
    public async Task Npgsql_ServerThere_AnswersAndIsHealthy()
    {
        var server = await PostgresServer.SharedAsync();
        var builder = With("payments", await server.CreateDatabaseAsync("payments"));
        builder.AddNpgsqlDataSource("payments");
        using var host = builder.Build();

        await using var command = host.Services.GetRequiredService<NpgsqlDataSource>().CreateCommand("SELECT 42");

        Assert.Equal(42, await command.ExecuteScalarAsync());
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host, "PostgreSql"));
    }

    [Fact]
    public async Task Redis_KilledAndStarted_IsUnhealthyThenHealthyAgain()
    {
        await using var server = await RedisServer.StartNewAsync();
        var builder = With("redis", $"{server.Address},connectTimeout=2000,syncTimeout=2000");
        builder.AddRedisClient("redis");
        using var host = builder.Build();

        await host.Services.GetRequiredService<IConnectionMultiplexer>().GetDatabase().StringSetAsync("key", "value");
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host, "StackExchange.Redis"));

        await server.KillAsync();
        Assert.Equal(HealthStatus.Unhealthy, await HealthAsync(host, "StackExchange.Redis"));

        await server.StartAsync();
        for (var attempt = 0; attempt < 100 && await HealthAsync(host, "StackExchange.Redis") != HealthStatus.Healthy; attempt++)
            await Task.Delay(100);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host, "StackExchange.Redis"));
    }

    [Fact]
    public async Task Kafka_BrokerThere_TakesMessagesAndIsHealthy()
    {
        var server = await KafkaServer.SharedAsync(KafkaKind.Embedded);
        await server.CreateTopicsAsync(["healthchecks-topic", "aspire"], partitions: 1);
        var builder = With("kafka", server.Address);
        builder.AddKafkaProducer<string, string>("kafka");
        using var host = builder.Build();

        var delivery = await host.Services.GetRequiredService<IProducer<string, string>>().ProduceAsync("aspire", new() { Key = "key", Value = "value" });

        Assert.Equal(PersistenceStatus.Persisted, delivery.Status);
        Assert.Equal(HealthStatus.Healthy, await HealthAsync(host, "Aspire.Confluent.Kafka.Producer"));
    }

    private static HostApplicationBuilder With(string name, string connectionString)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection([KeyValuePair.Create($"ConnectionStrings:{name}", (string?)connectionString)]);
        builder.Services.AddLogging();
        return builder;
    }

    private static async Task<HealthStatus> HealthAsync(IHost host, string name)
    {
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Entries[name].Status;
    }
}
