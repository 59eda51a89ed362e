using PayFlow.Storage;

namespace PayFlow.Messaging;

/// <summary>What a service does about events, in the same transaction as the inbox, so that each event takes effect once.</summary>
public interface IEventConsumer
{
    /// <summary>
    /// Applies events of one shard: per aggregate in order and without a gap. Writes with the transaction and never commits it; the offsets follow after
    /// the commit. Is called again with the same events when the transaction did not commit, so it keeps no state of its own.
    /// Effects have natural keys derived from the event, so that even a lost inbox doubles nothing.
    /// </summary>
    /// <exception cref="PoisonEventException">An event can never be applied. It becomes a dead letter, and its aggregate alone stands still.</exception>
    Task ApplyAsync(IReadOnlyList<ReceivedEvent> events, ShardTransaction transaction, CancellationToken ct);
}

/// <summary>Takes over messages whose truth is elsewhere, like payments.ingest. At least once, in order per partition, without an inbox.</summary>
public interface IIngestConsumer
{
    /// <summary>Takes the messages over and returns soon; their offsets are committed afterwards. When it throws, the same messages come again.</summary>
    /// <exception cref="PoisonEventException">A message can never be taken over. It goes to the dead-letter topic; the others come again without it.</exception>
    Task HandOverAsync(IReadOnlyList<ReceivedEvent> events, CancellationToken ct);
}

/// <summary>An event that can never be applied, however often it is tried.</summary>
public sealed class PoisonEventException(ReceivedEvent poison, string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>The event.</summary>
    public ReceivedEvent Event { get; } = poison;
}
