using Google.Protobuf.WellKnownTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Feeds;
using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Messaging.Relay;
using PayFlow.Messaging.TestHost;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit;
using Xunit.Abstractions;

namespace PayFlow.Messaging.IntegrationTests;

public sealed class FeedTests(ITestOutputHelper output)
{
    private readonly Random _random = Seeds.Next(output);

    [Fact]
    public async Task Reader_WhileManyWriteAndTwoRelaysPublish_FindsNothingBelowWhatItHasSeen()
    {
        const int Writers = 8;
        const int Each = 40;
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var first = await bed.StartAsync(("Test:Consumer", ""));
        await using var second = bed.Process(FreePort.Next(), ("Test:Consumer", ""));
        await second.StartAsync();
        var feed = NewFeed();
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(async _ =>
        {
            var aggregate = Id.New(TestIds.Prefix, feed.Merchant.Slot, TimeProvider.System.GetUtcNow());
            for (var sequence = 1; sequence <= Each; sequence++)
                await AppendAsync(first.Shards, bed.Topic, feed, aggregate, sequence);
        }));

        var seen = new List<FeedEvent>();
        var killed = false;
        await TestBed.UntilAsync(
            async () =>
            {
                var page = await FeedReader.ReadAsync(Shard(first, feed), feed, seen.Count, 50, null, CancellationToken.None);
                Assert.False(page.HasForgottenAfter(seen.Count));
                seen.AddRange(page.Events);
                Assert.Equal(Enumerable.Range(1, seen.Count).Select(number => (long)number), seen.Select(@event => @event.Number));
                if (!killed && seen.Count > Writers * Each / 3)
                {
                    killed = true;
                    await second.KillAsync();   // who holds the lane may be this one
                }

                return writing.IsCompleted && seen.Count == Writers * Each;
            },
            () => Task.FromResult($"{seen.Count} of {Writers * Each} were told"));
        await writing;
        foreach (var told in seen.GroupBy(@event => @event.Aggregate))
            Assert.Equal(Enumerable.Range(1, Each).Select(sequence => (long)sequence), told.Select(@event => @event.Sequence));
    }

    [Fact]
    public async Task TwoRelays_ThatPublishedTheSameEvents_NumberEachOnce()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("Test:Consumer", ""), ("Messaging:RelayPollMs", "60000"));   // its own relay sleeps
        var feeds = Enumerable.Range(0, 20).Select(_ => NewFeed()).ToList();
        await bed.UntilAsync("SELECT count(*) FROM outbox_lanes WHERE expires_at > now()", Outbox.Lanes);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        foreach (var feed in feeds)
        {
            var aggregate = Id.New(TestIds.Prefix, feed.Merchant.Slot, TimeProvider.System.GetUtcNow());
            for (var sequence = 1; sequence <= 10; sequence++)
                await AppendAsync(host.Shards, bed.Topic, feed, aggregate, sequence);
        }

        var shard = host.Shards.All[0];
        short[] lanes = [.. Enumerable.Range(0, Outbox.Lanes).Select(lane => (short)lane)];
        var rows = await RelaySql.UnpublishedAsync(shard, lanes, 1_000, CancellationToken.None);
        Assert.Equal(200, rows.Count);

        // One has published all, the other what it had found before; both strike off at once.
        await Task.WhenAll(Enumerable.Range(1, 6).Select(relay => SettleAsync(shard, [.. rows.Take(rows.Count * relay / 6)])));
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM outbox_unpublished"));
        Assert.Equal(200, await bed.CountAsync("SELECT count(*) FROM feed_events"));
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM feed_events e JOIN outbox o ON o.id = e.event WHERE e.number <> o.sequence"));
        Assert.Equal(0, await bed.CountAsync("SELECT count(*) FROM feeds WHERE last <> 10"));
    }

    [Fact]
    public async Task Republish_NumbersNothingAgain()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var aggregate = TestIds.Next(_random);
        await host.WriteAsync(aggregate);
        await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        Assert.Equal(2, (await host.OpsJsonAsync(HttpMethod.Post, "/internal/outbox/republish")).GetProperty("queued").GetInt64());
        await bed.UntilAsync("SELECT count(*) FROM outbox_unpublished", 0);
        Assert.Equal(4, bed.ReadTopic(bed.Topic, atLeast: 4).Count);
        Assert.Equal(2, await bed.CountAsync("SELECT count(*) FROM feed_events"));
        Assert.Equal(2, await bed.CountAsync("SELECT last FROM feeds"));
    }

    [Fact]
    public async Task Forgotten_FromItsBeginning_WithoutGaps_AndSaysSo()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        var aggregate = TestIds.Next(_random);
        var feed = TestWriter.FeedOf(aggregate);
        for (var i = 0; i < 6; i++)
            await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM feed_events", 6);

        // The fourth is old, too, but behind a younger one: what is kept of a feed has no gaps.
        await bed.ExecuteAsync("UPDATE outbox SET written_at = now() - interval '8 days' WHERE sequence IN (1, 2, 4)");
        await bed.UntilAsync("SELECT count(*) FROM feed_events", 4);
        await Task.Delay(TimeSpan.FromMilliseconds(600));   // some more rounds of housekeeping
        var page = await FeedReader.ReadAsync(Shard(host, feed), feed, 0, 10, null, CancellationToken.None);
        Assert.Equal((3L, 6L), (page.First, page.Last));
        Assert.Equal([3, 4, 5, 6], page.Events.Select(@event => @event.Number));
        Assert.True(page.HasForgottenAfter(1));
        Assert.False(page.HasForgottenAfter(2));

        await bed.ExecuteAsync("UPDATE outbox SET written_at = now() - interval '8 days'");
        await bed.UntilAsync("SELECT count(*) FROM feed_events", 0);
        await bed.UntilAsync("SELECT count(*) FROM outbox", 0);
        var empty = await FeedReader.ReadAsync(Shard(host, feed), feed, 6, 10, null, CancellationToken.None);
        Assert.Equal((7L, 6L), (empty.First, empty.Last));
        Assert.False(empty.HasForgottenAfter(6));
        Assert.True(empty.HasForgottenAfter(5));
        await host.WriteAsync(aggregate);
        await bed.UntilAsync("SELECT count(*) FROM feed_events", 1);
        Assert.Equal(7, Assert.Single((await FeedReader.ReadAsync(Shard(host, feed), feed, 6, 10, null, CancellationToken.None)).Events).Number);
    }

    [Fact]
    public async Task Read_TypesAndOneEvent_ShowsWhatWasAskedFor()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("Test:Consumer", ""));
        var aggregate = TestIds.Next(_random);
        var feed = TestWriter.FeedOf(aggregate);
        foreach (var type in new[] { "a.one", "a.two", "a.one", "a.three" })
            await host.WriteAsync(aggregate, type);
        await bed.UntilAsync("SELECT count(*) FROM feed_events", 4);
        var page = await FeedReader.ReadAsync(Shard(host, feed), feed, 0, 10, ["a.one", "a.three"], CancellationToken.None);
        Assert.Equal([1, 3, 4], page.Events.Select(@event => @event.Number));
        Assert.Equal("a.two", (await FeedReader.FindAsync(Shard(host, feed), feed, 2, CancellationToken.None))!.Type);
        Assert.Null(await FeedReader.FindAsync(Shard(host, feed), feed, 5, CancellationToken.None));
        Assert.Empty((await FeedReader.ReadAsync(Shard(host, feed), NewFeed(), 0, 10, null, CancellationToken.None)).Events);
        Assert.Equal([(feed, 4L)], await FeedReader.LastAsync(Shard(host, feed), [feed, NewFeed()], CancellationToken.None));
    }

    private Feed NewFeed() => new(Id.New(IdPrefix.Merchant, new Slot(_random.Next(Slot.Count)), TimeProvider.System.GetUtcNow()), Mode.Live);

    private static Shard Shard(RunningHost host, Feed feed) => host.Shards.For(feed.Merchant.Slot);

    private static Task SettleAsync(Shard shard, IReadOnlyList<OutboxRow> rows) => RelaySql.SettleAsync(shard, rows, [], TimeSpan.FromSeconds(1), CancellationToken.None);

    private static async Task AppendAsync(Shards shards, string topic, Feed feed, Id aggregate, long sequence)
    {
        await using var transaction = await shards.BeginAsync(aggregate.Slot, CancellationToken.None);
        var counted = new Int64Value { Value = sequence };
        await Outbox.AppendAsync(
            transaction, [new OutboxEvent(topic, TestWriter.Type, aggregate, sequence, counted, TimeProvider.System.GetUtcNow()) { Feed = feed }], CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }
}
