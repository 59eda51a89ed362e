using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>Events that commit together with the change they tell of.</summary>
public static class Outbox
{
    /// <summary>Appends events in the caller's transaction. After the commit call <see cref="OutboxSignal.Wake"/>; without it they go out 50 ms later.</summary>
    /// <exception cref="Npgsql.PostgresException">Constraint <c>outbox_sequence</c>: the aggregate has an event with this sequence already.</exception>
    public static Task AppendAsync(ShardTransaction transaction, IReadOnlyCollection<OutboxEvent> events, CancellationToken ct) => throw new NotSupportedException();
}

/// <summary>Tells the relay of this process that something was committed to the outbox.</summary>
public sealed class OutboxSignal
{
    /// <summary>Wakes the relay now. Cheap; never waits.</summary>
    public void Wake()
    {
    }
}
