namespace Aspire.Hosting.Launching;

/// <summary>Aspire's names for the states of a resource.</summary>
internal enum ResourceState
{
    NotStarted,
    Waiting,
    Starting,
    Running,
    Stopping,

    /// <summary>Ended by itself with exit code 0.</summary>
    Finished,

    /// <summary>Ended otherwise.</summary>
    Exited,
    FailedToStart,
}

/// <summary>One moment of a resource.</summary>
/// <param name="State">Its state.</param>
/// <param name="Since">When it came to this state, UTC.</param>
/// <param name="Healthy">Whether all its health checks pass; true without any as soon as it runs.</param>
/// <param name="Reason">Why it is not well, in words.</param>
/// <param name="Pid">Its process, while it has one.</param>
/// <param name="ExitCode">How its last process ended.</param>
internal sealed record ResourceSnapshot(ResourceState State, DateTimeOffset Since, bool Healthy = false, string? Reason = null, int? Pid = null, int? ExitCode = null)
{
    /// <summary>It runs and is healthy, or has done its work.</summary>
    public bool IsWell => State == ResourceState.Finished || (State == ResourceState.Running && Healthy);

    /// <summary>It has ended, well or not, and nothing changes any more by itself.</summary>
    public bool IsOver => State is ResourceState.Finished or ResourceState.Exited or ResourceState.FailedToStart;
}

/// <summary>The current state of a resource, and a way to wait for another.</summary>
internal sealed class ObservedState(TimeProvider time)
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ResourceSnapshot Current { get; private set; } = new(ResourceState.NotStarted, time.GetUtcNow());

    /// <summary>Goes to another state, or changes a detail of the present one.</summary>
    public void Change(Func<ResourceSnapshot, ResourceSnapshot> change)
    {
        TaskCompletionSource before;
        lock (_gate)
        {
            var next = change(Current);
            Current = next.State == Current.State ? next : next with { Since = time.GetUtcNow() };
            before = _changed;
            _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        before.SetResult();
    }

    public async Task<ResourceSnapshot> When(Func<ResourceSnapshot, bool> condition, CancellationToken cancellationToken)
    {
        while (true)
        {
            ResourceSnapshot now;
            Task changed;
            lock (_gate)
            {
                now = Current;
                changed = _changed.Task;
            }
            if (condition(now))
                return now;
            await changed.WaitAsync(cancellationToken);
        }
    }
}
