using System.Diagnostics;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

public sealed class RelayTests(ITestOutputHelper output)
{
    private readonly Random _random = Seeds.Next(output);

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Event_Published_CarriesItsHeadersToTheSlotsPartition(KafkaKind kind)
    {
        var bed = await TestBed.MakeAsync(kind);
        await using var host = await bed.StartAsync(("Test:Consumer", ""));
        var aggregate = TestIds.Next(_random);
        using (var activity = new Activity("request").Start())
        {
            await host.WriteAsync(aggregate);
            await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);

            var message = Assert.Single(bed.ReadTopic(bed.Topic)).Message;
            var headers = message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
            Assert.Equal("1.0", headers["ce_specversion"]);
            Assert.Equal($"{bed.Topic}/{aggregate}/1", headers["ce_id"]);
            Assert.Equal(TestWriter.Type, headers["ce_type"]);
            Assert.NotEmpty(headers["ce_source"]);
            Assert.Equal(aggregate.ToString(), headers["ce_subject"]);
            Assert.Equal("1", headers["ce_sequence"]);
            Assert.Equal(aggregate.Slot.ToString(), headers["ce_slot"]);
            Assert.Equal(DateTimeKind.Utc, DateTimeOffset.Parse(headers["ce_time"]).UtcDateTime.Kind);
            Assert.EndsWith("Z", headers["ce_time"], StringComparison.Ordinal);
            Assert.Equal(activity.TraceId, ActivityContext.Parse(headers["traceparent"], null).TraceId);
            Assert.Equal(aggregate.ToString(), message.Key);
            Assert.Equal(1, Int64Value.Parser.ParseFrom(message.Value).Value);
        }

        Assert.Equal(aggregate.Slot.Partition(TestBed.Partitions), bed.ReadTopic(bed.Topic).Single().Partition.Value);
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Event_TooLarge_ParksItsAggregateAlone(KafkaKind kind)
    {
        var bed = await TestBed.MakeAsync(kind);
        await using var host = await bed.StartAsync();
        var (stuck, fine) = (TestIds.Next(_random), TestIds.Next(_random));
        await host.WriteAsync(stuck);
        await AppendAsync(host.Shards, bed.Topic, stuck, 2, new string('x', 3_000_000));
        await AppendAsync(host.Shards, bed.Topic, stuck, 3, "behind it");
        for (var i = 1; i <= 5; i++)
            await host.WriteAsync(fine);

        await bed.UntilAsync("SELECT count(*) FROM effects", 6);
        await bed.UntilAsync("SELECT count(*) FROM outbox_parked", 1);
        var parked = (await host.OpsJsonAsync(HttpMethod.Get, "/internal/outbox")).GetProperty("outboxes")[0].GetProperty("parked").EnumerateArray().Single();
        Assert.Equal(stuck.ToString(), parked.GetProperty("aggregate").GetString());
        Assert.Equal(2, parked.GetProperty("sequence").GetInt64());
        Assert.Contains("too large", parked.GetProperty("reason").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(2, await bed.CountAsync("SELECT count(*) FROM outbox_unpublished"));

        // Somebody makes it smaller; nothing else need be done.
        await bed.ExecuteAsync("UPDATE outbox SET payload = '' WHERE sequence = 2");
        await bed.UntilAsync("SELECT count(*) FROM effects", 8);
        await bed.UntilAsync("SELECT count(*) FROM outbox_parked", 0);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), new Dictionary<Id, long> { [stuck] = 3, [fine] = 5 }, "after unparking");
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Event_ForATopicThatIsNotThere_WaitsUntilItIs(KafkaKind kind)
    {
        var bed = await TestBed.MakeAsync(kind);
        await using var host = await bed.StartAsync();
        var (early, fine) = (TestIds.Next(_random), TestIds.Next(_random));
        var missing = $"{bed.Topic}.later";
        await host.WriteAsync(early, topic: missing);
        await host.WriteAsync(early, topic: missing);
        await host.WriteAsync(fine);
        await bed.UntilAsync("SELECT count(*) FROM effects", 1);
        await bed.UntilAsync("SELECT count(*) FROM outbox_parked", 1);

        await bed.Kafka.CreateTopicsAsync([missing], TestBed.Partitions);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        Assert.Equal(["1", "2"], bed.ReadTopic(missing, atLeast: 2).Select(message => Encoding.UTF8.GetString(message.Message.Headers.GetLastBytes("ce_sequence"))));
    }

    [Fact]
    public async Task TwoRelays_ShareTheLanes_AndOneTakesOverWhenTheOtherDies()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var first = await bed.StartAsync();
        await bed.UntilAsync("SELECT count(DISTINCT owner) * 100 + count(*) FROM outbox_lanes WHERE expires_at > now()", 108);
        await using var second = bed.Process(FreePort.Next(), ("Test:Consumer", ""));
        await second.StartAsync();
        await bed.UntilAsync("SELECT count(DISTINCT owner) * 100 + count(*) FROM outbox_lanes WHERE expires_at > now()", 208);
        await bed.UntilAsync("SELECT count(*) FROM (SELECT owner FROM outbox_lanes WHERE expires_at > now() GROUP BY owner HAVING count(*) = 4) AS halves", 2);

        var aggregates = Enumerable.Range(0, 16).Select(lane => TestIds.Next(_random, new Slot(lane))).ToList();
        foreach (var aggregate in aggregates)
            await first.WriteAsync(aggregate);
        await second.KillAsync();
        foreach (var aggregate in aggregates)
            await first.WriteAsync(aggregate);

        await bed.UntilAsync("SELECT count(*) FROM effects", 32);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 2L), "after the takeover");
        await bed.UntilAsync("SELECT count(DISTINCT owner) * 100 + count(*) FROM outbox_lanes WHERE expires_at > now()", 108);
        Assert.True(await bed.CountAsync("SELECT max(epoch) FROM outbox_lanes") >= 3, "A lane went there and back, so its epoch is at least 3.");
    }

    [Fact]
    public async Task Relay_ThatStops_GivesItsLanesUpAtOnce()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using (await bed.StartAsync(("Messaging:LeaseMs", "60000")))
            await bed.UntilAsync("SELECT count(*) FROM outbox_lanes WHERE expires_at > now()", 8);
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM outbox_lanes WHERE expires_at > now()"));
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM outbox_relays"));
    }

    [Fact]
    public async Task Outbox_KeptLongEnough_IsForgotten_ButNotWhatWaits()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("Messaging:RetentionDays", "7"));
        var (old, young, stuck) = (TestIds.Next(_random), TestIds.Next(_random), TestIds.Next(_random));
        await host.WriteAsync(old);
        await host.WriteAsync(stuck, topic: $"{bed.Topic}.nowhere");
        await host.WriteAsync(young);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 1);
        await bed.ExecuteAsync($"UPDATE outbox SET written_at = now() - interval '8 days' WHERE aggregate <> '{young.Value}'");
        await bed.UntilAsync("SELECT count(*) FROM outbox", 2);
        Assert.Equal(1, await bed.CountAsync($"SELECT count(*) FROM outbox WHERE aggregate = '{stuck.Value}'"));
    }

    [Fact]
    public async Task Append_OfASequenceThatIsThereAlready_IsRefusedByTheDatabase()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("Test:Consumer", ""));
        var aggregate = TestIds.Next(_random);
        await AppendAsync(host.Shards, bed.Topic, aggregate, 1, "first");
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => AppendAsync(host.Shards, bed.Topic, aggregate, 1, "again"));
        Assert.Equal("outbox_sequence", refused.ConstraintName);
        Assert.Equal(1, await bed.CountAsync("SELECT count(*) FROM outbox"));
    }

    private static async Task AppendAsync(Shards shards, string topic, Id aggregate, long sequence, string text)
    {
        await using var transaction = await shards.BeginAsync(aggregate.Slot, CancellationToken.None);
        await Outbox.AppendAsync(
            transaction, [new OutboxEvent(topic, TestWriter.Type, aggregate, sequence, new StringValue { Value = text }, TimeProvider.System.GetUtcNow())], CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
