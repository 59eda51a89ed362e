using PayFlow.Storage;

namespace PayFlow.Messaging.TestHost;

/// <summary>Writes down every event that it is given, in the order in which it is given them.</summary>
public sealed class TestConsumer(TestOptions options, TestSwitches switches) : IEventConsumer
{
    public async Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken ct)
    {
        if (switches.BeforeApply is { } before)
            await before(events, transaction);
        if (!switches.IsHealed && events.FirstOrDefault(received => received.Type == TestWriter.PoisonType) is { } poison)
            throw new PoisonEventException(poison, "This event is poison.");
        // A bug that does not say which event it chokes on.
        if (!switches.IsHealed && events.Any(received => received.Type == TestWriter.BugType))
            throw new InvalidOperationException("One of these events is wrong.");
        await TestSql.AddEffectsAsync(transaction, options.Consumer, events, ct);
    }
}

/// <summary>Takes direct messages over.</summary>
public sealed class TestIngestConsumer(Shards shards, TestSwitches switches) : IIngestConsumer
{
    public async Task HandOverAsync(IReadOnlyList<ReceivedEvent> events, CancellationToken ct)
    {
        if (!switches.IsHealed && events.FirstOrDefault(received => received.Type == TestWriter.PoisonType) is { } poison)
            throw new PoisonEventException(poison, "This message is poison.");
        foreach (var received in events)
            await TestSql.HandedTicketAsync(shards.For(received.Slot), received.Aggregate.Value, ct);
    }
}

/// <summary>What a test turns while a host runs.</summary>
public sealed class TestSwitches
{
    /// <summary>The consumer refuses nothing any more.</summary>
    public bool IsHealed { get; set; }

    /// <summary>Called before events are applied.</summary>
    public Func<IReadOnlyList<ReceivedEvent>, ShardTransaction, Task>? BeforeApply { get; set; }
}
