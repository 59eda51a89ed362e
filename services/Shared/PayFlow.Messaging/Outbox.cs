using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>Events that commit together with the change they tell of.</summary>
public static class Outbox
{
    /// <summary>Events of a slot go through lane <c>slot mod 8</c> of its shard; each lane is published by one relay at a time.</summary>
    internal const int Lanes = 8;

    /// <summary>Appends events in the caller's transaction. After the commit call <see cref="Signal.Wake"/>; without it they go out 50 ms later.</summary>
    /// <exception cref="Npgsql.PostgresException">Constraint <c>outbox_sequence</c>: the aggregate has an event with this sequence already.</exception>
    public static async Task AppendAsync(ShardTransaction transaction, IReadOnlyCollection<OutboxEvent> events, CancellationToken ct)
    {
        if (events.Count == 0)
            return;

        // Sorted by the unique key, so that two writers never wait for each other; an aggregate's events stay in order.
        var sorted = events.ToArray();
        Array.Sort(sorted, static (a, b) =>
            string.CompareOrdinal(a.Topic, b.Topic) is var byTopic and not 0 ? byTopic
            : a.Aggregate.CompareTo(b.Aggregate) is var byAggregate and not 0 ? byAggregate
            : a.Sequence.CompareTo(b.Sequence));
        await OutboxSql.AppendAsync(transaction, sorted, ct);
        CrashPoint.Hit("outbox.events.appended");
    }
}
