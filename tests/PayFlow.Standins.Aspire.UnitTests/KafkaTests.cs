using Aspire.Confluent.Kafka;
using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace PayFlow.Standins.Aspire.UnitTests;

public sealed class KafkaTests
{
    private const string Nowhere = "127.0.0.1:1";

    [Fact]
    public void ProducerSettings_Sources_TheLastOneCounts()
    {
        var builder = Hosts.With(
            ("Aspire:Confluent:Kafka:Producer:Config:Acks", "All"), ("Aspire:Confluent:Kafka:Producer:Config:LingerMs", "5"),
            ("Aspire:Confluent:Kafka:Producer:DisableTracing", "true"), ("Aspire:Confluent:Kafka:Producer:ConnectionString", "section:1"),
            ("Aspire:Confluent:Kafka:Producer:kafka:Config:LingerMs", "7"), ("Aspire:Confluent:Kafka:Producer:kafka:DisableMetrics", "true"),
            ("ConnectionStrings:kafka", Nowhere));
        KafkaProducerSettings? seen = null;

        builder.AddKafkaProducer<string, string>("kafka", (KafkaProducerSettings settings) => seen = settings);

        Assert.Equal(Acks.All, seen!.Config.Acks);
        Assert.Equal(7, seen.Config.LingerMs);
        Assert.True(seen.DisableTracing);
        Assert.True(seen.DisableMetrics);
        Assert.False(seen.DisableHealthChecks);
        Assert.Equal(Nowhere, seen.ConnectionString);
        Assert.Equal(Nowhere, seen.Config.BootstrapServers);   // after the call
    }

    [Fact]
    public void ConsumerSettings_OfItsOwnSection_AreNotTheProducers()
    {
        var builder = Hosts.With(
            ("Aspire:Confluent:Kafka:Consumer:Config:GroupId", "ledger"), ("Aspire:Confluent:Kafka:Producer:Config:ClientId", "producer"), ("ConnectionStrings:kafka", Nowhere));
        KafkaConsumerSettings? seen = null;

        builder.AddKafkaConsumer<string, string>("kafka", (KafkaConsumerSettings settings) => seen = settings);

        Assert.Equal("ledger", seen!.Config.GroupId);
        Assert.Null(seen.Config.ClientId);
    }

    [Fact]
    public void AddKafkaProducer_Resolved_IsASingletonThatTheBuilderConfigured()
    {
        var builder = Hosts.With(("ConnectionStrings:kafka", Nowhere));
        var configured = 0;
        builder.AddKafkaProducer<string, string>("kafka", (IServiceProvider services, ProducerBuilder<string, string> producer) =>
        {
            Assert.NotNull(services.GetService<IHostEnvironment>());
            producer.SetLogHandler((_, _) => { });   // an own log handler is allowed
            configured++;
        });
        builder.AddKeyedKafkaProducer<string, byte[]>("kafka", (ProducerBuilder<string, byte[]> _) => configured += 10);
        using var host = builder.Build();
        Assert.Equal(0, configured);

        var producer = host.Services.GetRequiredService<IProducer<string, string>>();

        Assert.Same(producer, host.Services.GetRequiredService<IProducer<string, string>>());
        Assert.Equal(1, configured);
        Assert.NotNull(host.Services.GetRequiredKeyedService<IProducer<string, byte[]>>("kafka"));
        Assert.Equal(11, configured);
        Assert.Equal(["Aspire.Confluent.Kafka.Producer", "Aspire.Confluent.Kafka.Producer_kafka"], host.HealthChecks());
    }

    [Fact]
    public void AddKafkaConsumer_SeveralGroups_AreKeyed()
    {
        var builder = Hosts.With(
            ("ConnectionStrings:ledger", Nowhere), ("ConnectionStrings:batch", Nowhere),
            ("Aspire:Confluent:Kafka:Consumer:ledger:Config:GroupId", "ledger"), ("Aspire:Confluent:Kafka:Consumer:batch:Config:GroupId", "batch"));
        builder.AddKeyedKafkaConsumer<string, string>("ledger");
        builder.AddKeyedKafkaConsumer<string, string>("batch");
        using var host = builder.Build();

        Assert.NotSame(host.Services.GetRequiredKeyedService<IConsumer<string, string>>("ledger"), host.Services.GetRequiredKeyedService<IConsumer<string, string>>("batch"));
        Assert.Equal(["Aspire.Confluent.Kafka.Consumer_ledger", "Aspire.Confluent.Kafka.Consumer_batch"], host.HealthChecks());
    }

    [Fact]
    public void Producer_NoConnectionString_ThrowsWhenResolved()
    {
        var builder = Hosts.With();
        builder.AddKafkaProducer<string, string>("kafka");
        using var host = builder.Build();

        var failure = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IProducer<string, string>>);

        Assert.Equal("No bootstrap servers configured.", failure.Message);
    }

    [Fact]
    public void Consumer_NoGroup_ThrowsWhenResolved()
    {
        var builder = Hosts.With(("ConnectionStrings:kafka", Nowhere));
        builder.AddKafkaConsumer<string, string>("kafka");
        using var host = builder.Build();

        var failure = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConsumer<string, string>>);

        Assert.Equal("No group id configured.", failure.Message);
    }

    [Fact]
    public async Task HealthCheck_NoBroker_IsUnhealthy()
    {
        var builder = Hosts.With(("ConnectionStrings:kafka", Nowhere));
        builder.AddKafkaProducer<string, string>("kafka");
        using var host = builder.Build();

        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync()).Entries["Aspire.Confluent.Kafka.Producer"].Status);
    }
}
