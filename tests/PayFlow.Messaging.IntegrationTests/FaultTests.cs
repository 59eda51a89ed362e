using Confluent.Kafka;
using Confluent.Kafka.Admin;
using PayFlow.Kernel;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

/// <summary>Brokers that go away, forget, and databases that stop.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    // A minute is the promise; a normal run takes less. TEST_BROKER_AWAY_SECONDS=60 for the whole of it.
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable("TEST_BROKER_AWAY_SECONDS"), out var seconds) ? seconds : 5);

    private readonly Random _random = Seeds.Next(output);

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Broker_KilledAndAwayForAWhile_LosesNothing(KafkaKind kind)
    {
        await using var kafka = await KafkaServer.StartNewAsync(kind);
        var bed = await TestBed.MakeAsync(kind, shards: 2, own: kafka);
        await using var host = await bed.StartAsync();
        var aggregates = Enumerable.Range(0, 10).Select(_ => TestIds.Next(_random)).ToList();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM effects", 10);

        await kafka.KillAsync();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await Task.Delay(Away);
        Assert.Equal(10, await bed.CountAsync("SELECT count(*) FROM effects"));
        Assert.Equal(10, await bed.CountAsync("SELECT count(*) FROM outbox_unpublished"));

        await kafka.StartAsync();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM effects", 30, 60);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 3L), "after the broker came back");
    }

    [Fact]
    public async Task Broker_ThatForgotEverythingBeforeItWasConsumed_ConvergesWhenTheOutboxIsPublishedAgain()
    {
        await using var kafka = await KafkaServer.StartNewAsync(KafkaKind.Embedded);
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded, shards: 2, own: kafka);
        var aggregates = Enumerable.Range(0, 10).Select(_ => TestIds.Next(_random)).ToList();
        await using (var publisher = await bed.StartAsync(("Test:Consumer", "")))
        {
            // Published, but nobody has consumed it when the broker forgets.
            foreach (var aggregate in aggregates)
                await publisher.WriteAsync(aggregate);
            await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        }

        await kafka.KillAsync();
        await kafka.StartAsync();
        await using var host = await bed.StartAsync();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 10);   // the first events are lost: the second ones wait for them
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM effects"));

        Assert.Equal(20, (await host.OpsJsonAsync(HttpMethod.Post, "/internal/outbox/republish")).GetProperty("queued").GetInt64());
        await bed.UntilAsync("SELECT count(*) FROM effects", 20);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 2L), "published again");
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM inbox_waiting"));
    }

    [Fact]
    public async Task Broker_ThatForgotEverythingUnderARunningConsumer_ConvergesWhenTheOutboxIsPublishedAgain()
    {
        await using var kafka = await KafkaServer.StartNewAsync(KafkaKind.Embedded);
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded, own: kafka);
        await using var host = await bed.StartAsync();
        // One partition, few offsets: the new log soon grows past the place where the consumer was in the old one.
        var aggregates = Enumerable.Range(0, 3).Select(_ => TestIds.Next(_random, new Slot(7))).ToList();
        var last = 0L;
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 3; i++, last++)
            {
                foreach (var aggregate in aggregates)
                    await host.WriteAsync(aggregate);
            }

            await kafka.KillAsync();
            foreach (var aggregate in aggregates)
                await host.WriteAsync(aggregate);
            last++;
            await kafka.StartAsync();
            for (var i = 0; i < 6; i++, last++)
            {
                foreach (var aggregate in aggregates)
                    await host.WriteAsync(aggregate);
            }

            await host.OpsJsonAsync(HttpMethod.Post, "/internal/outbox/republish");   // at once: nobody waits until the consumer is back
            await bed.UntilAsync("SELECT count(*) FROM effects", last * 3);
            Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => last), $"round {round}");
        }
    }

    [ApacheFact]
    public async Task Topic_DeletedUnderARunningConsumer_ConvergesWhenItIsBackAndTheOutboxIsPublishedAgain()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Apache, shards: 2);
        await using var host = await bed.StartAsync();
        var aggregates = Enumerable.Range(0, 10).Select(_ => TestIds.Next(_random)).ToList();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM effects", 10);
        using (var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bed.Kafka.Address }).Build())
        {
            await admin.DeleteTopicsAsync([bed.Topic]);
            foreach (var aggregate in aggregates)
                await host.WriteAsync(aggregate);
            await Task.Delay(TimeSpan.FromSeconds(1));
            await admin.CreateTopicsAsync([new TopicSpecification { Name = bed.Topic, NumPartitions = TestBed.Partitions, ReplicationFactor = 1 }]);
        }

        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0, 60);
        await host.OpsJsonAsync(HttpMethod.Post, "/internal/outbox/republish");
        await bed.UntilAsync("SELECT count(*) FROM effects", 20, 60);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 2L), "published again");
    }

    [Fact]
    public async Task Republish_FromATime_QueuesOnlyWhatWasWrittenSince()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var aggregate = TestIds.Next(_random);
        await host.WriteAsync(aggregate);
        await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        await bed.ExecuteAsync("UPDATE outbox SET written_at = now() - interval '1 hour' WHERE sequence = 1");
        var from = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddMinutes(-30).ToString("O"));
        Assert.Equal(1, (await host.OpsJsonAsync(HttpMethod.Post, $"/internal/outbox/republish?from={from}")).GetProperty("queued").GetInt64());
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        Assert.Equal(3, bed.ReadTopic(bed.Topic, atLeast: 3).Count);
        Assert.Equal(2, await bed.CountAsync("SELECT count(*) FROM effects"));
    }
}
