namespace PayFlow.Batch.Batches;

/// <summary>Wakes the worker of this process, so that a command need not wait for its tick.</summary>
internal sealed class SettlementSignal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next <see cref="Wake"/>. Taken before the worker looks, so that nothing sealed meanwhile is slept over.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Wake() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
