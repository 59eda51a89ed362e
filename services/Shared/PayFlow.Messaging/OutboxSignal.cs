namespace PayFlow.Messaging;

/// <summary>Tells the relay of this process that something was committed to the outbox.</summary>
public sealed class OutboxSignal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next <see cref="Wake"/>. Taken before the relay looks, so that nothing committed meanwhile is slept over.</summary>
    internal Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes the relay now. Cheap; never waits.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
