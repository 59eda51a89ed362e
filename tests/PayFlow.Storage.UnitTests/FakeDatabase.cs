using System.Collections.Concurrent;
using Npgsql;

namespace PayFlow.Storage.UnitTests;

/// <summary>All or nothing, like the real one: what it refuses or fails at writes nothing.</summary>
internal sealed class FakeDatabase
{
    private TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _gate;

    public ConcurrentQueue<int[]> Batches { get; } = [];

    public ConcurrentQueue<int> Committed { get; } = [];

    public Func<int, bool> Refuses { get; init; } = _ => false;

    public Func<int[], bool> FailsAt { get; init; } = _ => false;

    public bool Fails { get; set; }

    public int Deadlocks { get; set; }

    public Task Entered => _entered.Task;

    public GroupCommit<int, string> Group(int maxBatch = 500, int maxQueue = 10_000) =>
        new(CommitAsync, new GroupCommitOptions { MaxBatch = maxBatch, MaxQueue = maxQueue });

    public void Hold()
    {
        _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Release() => _gate!.SetResult();

    public async Task<IReadOnlyList<string>> CommitAsync(IReadOnlyList<int> items, CancellationToken ct)
    {
        Batches.Enqueue([.. items]);
        _entered.TrySetResult();
        if (_gate is { } gate)
            await gate.Task;
        if (Fails || FailsAt([.. items]))
            throw new NpgsqlException("Exception while reading from stream", new IOException());
        if (Deadlocks-- > 0)
            throw new PostgresException("deadlock detected", "ERROR", "ERROR", PostgresErrorCodes.DeadlockDetected);
        if (items.Where(Refuses).Take(1).ToList() is [var refused])
            throw new InvalidOperationException($"{refused} is refused");
        foreach (var item in items)
            Committed.Enqueue(item);
        return [.. items.Select(item => $"{item}!")];
    }
}
