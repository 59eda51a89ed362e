namespace PayFlow.Messaging;

/// <summary>Tells whoever waits in this process that there is something to look for. Who looks polls beside it: other processes don't hear it.</summary>
public abstract class Signal
{
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes with the next <see cref="Wake"/>. Taken before one looks, so that nothing committed meanwhile is slept over.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    /// <summary>Wakes all who wait now. Cheap; never waits.</summary>
    public void Wake() => Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}
