using Google.Protobuf.WellKnownTypes;
using PayFlow.Kernel;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Messaging.TestHost;

/// <summary>Counts aggregates on, and tells of it, until each has all its events. Killed, it goes on where it was.</summary>
public sealed class TestWriter(Shards shards, OutboxSignal signal, EventProducer producer, TestOptions options, TimeProvider time) : BackgroundService
{
    public const string Type = "counter.counted";
    public const string PoisonType = "counter.poison";
    public const string BugType = "counter.bug";

    /// <summary>The aggregates of a seed.</summary>
    public static IReadOnlyList<Id> Aggregates(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => TestIds.Next(random))];
    }

    /// <summary>The feed of an aggregate, in which nothing else is told: the numbers there are the aggregate's own.</summary>
    public static Feed FeedOf(Id aggregate) => new(Id.From(IdPrefix.Merchant, aggregate.Value), Mode.Test);

    /// <summary>Counts one aggregate on.</summary>
    public static async Task<long> WriteAsync(Shards shards, OutboxSignal signal, string topic, Id aggregate, string type, DateTimeOffset now, CancellationToken ct)
    {
        await using var transaction = await shards.BeginAsync(aggregate.Slot, ct);
        var sequence = await TestSql.CountAsync(transaction, aggregate, ct);
        await Outbox.AppendAsync(transaction, [new OutboxEvent(topic, type, aggregate, sequence, new Int64Value { Value = sequence }, now) { Feed = FeedOf(aggregate) }], ct);
        await transaction.CommitAsync(ct);
        signal.Wake();
        return sequence;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var aggregates = Aggregates(options.Seed, options.Aggregates);
        for (var round = 1; round <= options.Events; round++)
        {
            foreach (var aggregate in aggregates)
            {
                var type = round == options.Poison && aggregate == aggregates[0] ? PoisonType : Type;
                if (await TestSql.SequenceAsync(shards.For(aggregate.Slot), aggregate, stoppingToken) < round)
                    await WriteAsync(shards, signal, options.Topic, aggregate, type, time.GetUtcNow(), stoppingToken);
            }
        }

        if (options.IngestTopic.Length > 0)
            await SendTicketsAsync(aggregates, stoppingToken);
    }

    private async Task SendTicketsAsync(IReadOnlyList<Id> aggregates, CancellationToken ct)
    {
        foreach (var ticket in aggregates)
            await TestSql.AddTicketAsync(shards.For(ticket.Slot), ticket.Value, ct);
        foreach (var shard in shards.All)
        {
            foreach (var ticket in await TestSql.UnsentTicketsAsync(shard, ct))
            {
                var id = Id.From(TestIds.Prefix, ticket);
                await producer.ProduceAsync(options.IngestTopic, id.Slot, id.ToString(), Type, new Int64Value { Value = 1 }, ct);
                await TestSql.SentTicketAsync(shard, ticket, ct);
            }
        }
    }
}
