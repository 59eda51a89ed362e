using Npgsql;
using PayFlow.Kernel;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.TestHost;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

public sealed class ConsumerTests(ITestOutputHelper output)
{
    private readonly Random _random = Seeds.Next(output);

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Events_DuplicatedAndReordered_TakeEffectOnceAndInOrder(KafkaKind kind)
    {
        var bed = await TestBed.MakeAsync(kind, shards: 2);
        await using var host = await bed.StartAsync(("Messaging:ConsumeBatch", "7"));
        using var producer = new RawProducer(bed);
        var aggregates = Enumerable.Range(0, 15).Select(_ => TestIds.Next(_random)).ToList();
        var deliveries = aggregates.SelectMany(aggregate => Enumerable.Range(1, 8).SelectMany(sequence => Enumerable.Repeat((aggregate, sequence), 1 + _random.Next(3)))).ToArray();
        _random.Shuffle(deliveries);
        foreach (var (aggregate, sequence) in deliveries)
            await producer.SendAsync(aggregate, sequence);

        await bed.UntilAsync("SELECT count(*) FROM effects", 15 * 8);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 0);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 8L), "shuffled");
    }

    [Fact]
    public async Task Event_BeforeItsTurn_WaitsForTheMissingOne()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        using var producer = new RawProducer(bed);
        var (gapped, fine) = (TestIds.Next(_random), TestIds.Next(_random));
        await producer.SendAsync(gapped, 1);
        await producer.SendAsync(gapped, 3);
        await producer.SendAsync(gapped, 4);
        await producer.SendAsync(fine, 1);
        await bed.UntilAsync("SELECT count(*) FROM effects", 2);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 2);

        await producer.SendAsync(gapped, 2);
        await bed.UntilAsync("SELECT count(*) FROM effects", 5);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 0);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), new Dictionary<Id, long> { [gapped] = 4, [fine] = 1 }, "gap closed");
    }

    [Theory]
    [InlineData(TestWriter.PoisonType)]
    [InlineData(TestWriter.BugType)]
    public async Task Event_ThatCantBeApplied_StopsItsAggregateAlone_UntilItIsReplayed(string type)
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded, shards: 2);
        await using var host = await bed.StartAsync();
        var sick = TestIds.Next(_random);
        var healthy = Enumerable.Range(0, 10).Select(_ => TestIds.Next(_random)).ToList();
        await host.WriteAsync(sick);
        await host.WriteAsync(sick, type);
        foreach (var aggregate in healthy)
            await host.WriteAsync(aggregate);
        await host.WriteAsync(sick);
        await host.WriteAsync(sick);
        foreach (var aggregate in healthy)
            await host.WriteAsync(aggregate);

        await bed.UntilAsync("SELECT count(*) FROM effects", 1 + (2 * healthy.Count));
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 2);
        var lasts = healthy.ToDictionary(id => id, _ => 2L);
        lasts[sick] = 1;
        Expect.OnceAndInOrder(await bed.EffectsAsync(), lasts, "while it stands still");

        var letter = (await host.OpsJsonAsync(HttpMethod.Get, "/internal/dead-letters")).GetProperty("deadLetters").EnumerateArray().Single();
        Assert.Equal(sick.ToString(), letter.GetProperty("aggregate").GetString());
        Assert.Equal(2, letter.GetProperty("sequence").GetInt64());
        await bed.UntilAsync("SELECT count(*) FROM dead_letters WHERE announced_at IS NOT NULL", 1);
        Assert.Equal(sick.ToString(), Assert.Single(bed.ReadTopic(Topics.DeadLetter(bed.Topic))).Message.Key);

        // Published again: it is known, and the others too.
        var queued = (await host.OpsJsonAsync(HttpMethod.Post, "/internal/outbox/republish")).GetProperty("queued").GetInt64();
        Assert.Equal(4 + (2 * healthy.Count), queued);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);

        // Still sick: the replay says so and changes nothing. Healed: it goes on, with what waited.
        var replay = $"/internal/dead-letters/{letter.GetProperty("id").GetString()}/replay";
        using (var refused = await host.OpsAsync(HttpMethod.Post, replay))
            Assert.Equal(409, (int)refused.StatusCode);
        host.Switches.IsHealed = true;
        await host.OpsJsonAsync(HttpMethod.Post, replay);
        lasts[sick] = 4;
        await bed.UntilAsync("SELECT count(*) FROM effects", lasts.Values.Sum());
        Expect.OnceAndInOrder(await bed.EffectsAsync(), lasts, "replayed");
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM inbox_waiting"));
        Assert.Equal(1, await bed.CountAsync("SELECT count(*) FROM dead_letters"));
        using (var again = await host.OpsAsync(HttpMethod.Post, replay))
            Assert.Equal(409, (int)again.StatusCode);
    }

    [Fact]
    public async Task Event_ThatWaitedBehindADeadLetterAndIsPoisonToo_IsFoundByTheReplay()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var sick = TestIds.Next(_random);
        await host.WriteAsync(sick, TestWriter.PoisonType);
        await host.WriteAsync(sick);
        await host.WriteAsync(sick, TestWriter.BugType);
        await host.WriteAsync(sick);
        await bed.UntilAsync("SELECT count(*) FROM inbox_waiting", 3);

        // The first is repaired in place, as an operator might; the second isn't.
        await bed.ExecuteAsync($"UPDATE dead_letters SET type = '{TestWriter.Type}' WHERE sequence = 1");
        var letter = (await host.OpsJsonAsync(HttpMethod.Get, "/internal/dead-letters")).GetProperty("deadLetters").EnumerateArray().Single();
        await host.OpsJsonAsync(HttpMethod.Post, $"/internal/dead-letters/{letter.GetProperty("id").GetString()}/replay");
        await bed.UntilAsync("SELECT count(*) FROM effects", 2);
        await bed.UntilAsync("SELECT sum(sequence)::bigint FROM dead_letters WHERE replayed_at IS NULL", 3);
        Assert.Equal(1, await bed.CountAsync("SELECT count(*) FROM inbox_waiting"));
    }

    [Fact]
    public async Task Database_Failing_IsWaitedFor_AndNothingBecomesADeadLetter()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var calls = 0;
        host.Switches.BeforeApply = async (_, transaction) =>
        {
            // The server ends the connection in the middle of the work, several times as often as a poison event is tried.
            if (Interlocked.Increment(ref calls) > 10)
                return;
            await using var suicide = new NpgsqlCommand("SELECT pg_terminate_backend(pg_backend_pid())", transaction.Connection, transaction.Transaction);
            await suicide.ExecuteNonQueryAsync();
        };
        var aggregates = Enumerable.Range(0, 5).Select(_ => TestIds.Next(_random)).ToList();
        foreach (var aggregate in aggregates)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM effects", 5);
        Assert.True(calls > 10, $"The database failed only {calls} times.");
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM dead_letters"));
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => 1L), "after the database failed");
    }

    [Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]
    public async Task Consumers_ThatComeAndGo_ApplyEverythingOnce(KafkaKind kind)
    {
        var bed = await TestBed.MakeAsync(kind, shards: 2);
        await using var stays = await bed.StartAsync(("Messaging:ConsumeBatch", "5"));
        var aggregates = Enumerable.Range(0, 20).Select(_ => TestIds.Next(_random)).ToList();
        using var stop = new CancellationTokenSource();
        var written = 0L;
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                written++;
                foreach (var aggregate in aggregates)
                    await stays.WriteAsync(aggregate);
            }
        });
        for (var i = 0; i < 2; i++)
        {
            await using var comes = await bed.StartAsync(("Test:Relays", "false"), ("Messaging:ConsumeBatch", "5"));
            await Task.Delay(TimeSpan.FromSeconds(2));
        }

        await stop.CancelAsync();
        await writing;
        await bed.UntilAsync("SELECT count(*) FROM effects", written * aggregates.Count, 60);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => written), "after rebalances");
        output.WriteLine($"{written * aggregates.Count} events");
    }

    [Fact]
    public async Task Slot_ThatMovesWhileItIsConsumed_HasEveryEffectOnceAndInOrder()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded, shards: 2);
        await using var host = await bed.StartAsync(("Messaging:ConsumeBatch", "3"));
        using var producer = new RawProducer(bed);
        var hot = new Slot(7);
        var aggregates = Enumerable.Range(0, 3).Select(_ => TestIds.Next(_random, hot)).ToList();
        const int Events = 60;
        var producing = Task.Run(async () =>
        {
            for (var sequence = 1; sequence <= Events; sequence++)
            {
                foreach (var aggregate in aggregates)
                    await producer.SendAsync(aggregate, sequence);
            }
        });
        await using var zero = NpgsqlDataSource.Create(bed.Databases[0]);
        await using var one = NpgsqlDataSource.Create(bed.Databases[1]);
        NpgsqlDataSource[] shards = [zero, one];
        for (var move = 0; move < 4; move++)
        {
            await Task.Delay(_random.Next(150));
            await new SlotMove(shards).RunAsync(hot, move % 2, new CopiedSlot(), CancellationToken.None);
        }

        await producing;
        await bed.UntilAsync("SELECT count(*) FROM effects", Events * 3);
        Expect.OnceAndInOrder(await bed.EffectsAsync(), aggregates.ToDictionary(id => id, _ => (long)Events), "after four moves");
        Assert.Equal(1, host.Shards.For(hot).Number);
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM dead_letters"));
    }

    [Fact]
    public async Task Message_ThatIsNoEvent_GoesToTheDeadLetterTopic_AndTheOthersGoOn()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        using var producer = new RawProducer(bed);
        var aggregate = TestIds.Next(_random);
        await producer.SendAsync(bed.Topic, aggregate.Slot, "someone", [1, 2, 3], []);
        await producer.SendAsync(aggregate, 1);
        await bed.UntilAsync("SELECT count(*) FROM effects", 1);
        var dead = Assert.Single(bed.ReadTopic(Topics.DeadLetter(bed.Topic))).Message;
        Assert.Equal("someone", dead.Key);
        Assert.Equal([1, 2, 3], dead.Value);
    }

    [Fact]
    public async Task IngestMessage_ThatIsPoison_GoesToTheDeadLetterTopic_AndTheOthersAreHandedOver()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("Test:IngestTopic", bed.IngestTopic), ("Test:Aggregates", "6"), ("Test:Events", "0"));
        using var producer = new RawProducer(bed);
        var poison = TestIds.Next(_random);
        var headers = Kafka.EventHeaders.Write(poison.ToString(), TestWriter.PoisonType, "test", poison.ToString(), 0, poison.Slot, TimeProvider.System.GetUtcNow(), null);
        await producer.SendAsync(bed.IngestTopic, poison.Slot, poison.ToString(), [], headers);
        await bed.UntilAsync("SELECT count(*) FROM tickets WHERE handed_over >= 1", 6);
        Assert.Equal(poison.ToString(), Assert.Single(bed.ReadTopic(Topics.DeadLetter(bed.IngestTopic))).Message.Key);
    }
}
