using System.Diagnostics;
using System.Threading.Channels;

namespace PayFlow.Storage;

/// <summary>
/// Commits many callers' items together. While one commit runs, the next batch collects; there is no timer, so a lone caller never waits.
/// Items are committed in the order in which they came.
/// </summary>
/// <remarks>
/// A batch that is refused is halved until each caller has its own answer. When the database itself fails (<see cref="DatabaseFailure.IsInfrastructure"/>),
/// nothing is halved: every caller whose item has no answer yet gets that error, because after a lost connection nobody knows what a COMMIT did.
/// A commit is a span <c>group commit</c> of the trace that wants it; when it is for several traces it has one of its own, which links to each.
/// </remarks>
public sealed class GroupCommit<TItem, TResult> : IAsyncDisposable
{
    private const int DeadlockTries = 3;
    private const int DeadlockPauseMs = 20;

    private readonly Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> _commit;
    private readonly GroupCommitOptions _options;
    private readonly Channel<Caller> _queue;
    private readonly Task _loop;
    private volatile bool _stopping;

    /// <param name="commit">Writes and commits all the items, or none of them; answers one result per item, in their order.</param>
    /// <param name="options">The bounds.</param>
    public GroupCommit(Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> commit, GroupCommitOptions options)
    {
        _commit = commit;
        _options = options;
        _queue = Channel.CreateBounded<Caller>(new BoundedChannelOptions(options.MaxQueue) { SingleReader = true });
        using (ExecutionContext.SuppressFlow())
            _loop = Task.Run(RunAsync);   // else all commits would bear the trace and the log scopes of whoever happened to be the first to ask for one
    }

    /// <summary>Waits until the item is committed and returns its result, or throws why it alone was refused.</summary>
    /// <param name="item">The item.</param>
    /// <param name="ct">
    /// Heard until the item's batch begins: an <see cref="OperationCanceledException"/> means that nothing was written. After that the answer is awaited, which the
    /// command time-out bounds.
    /// </param>
    /// <exception cref="GroupCommitFullException">Too many items wait already. Nothing was written.</exception>
    /// <exception cref="ObjectDisposedException">The service is stopping. Nothing was written.</exception>
    public async Task<TResult> CommitAsync(TItem item, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var caller = new Caller(item);
        if (!_queue.Writer.TryWrite(caller))
            throw _stopping ? new ObjectDisposedException("GroupCommit") : new GroupCommitFullException();
        await using var _ = ct.UnsafeRegister(static (caller, ct) => ((Caller)caller!).Leave(ct), caller);
        return await caller.Answer;
    }

    /// <summary>Refuses new items, commits those that wait, and returns when all have their answers.</summary>
    public async ValueTask DisposeAsync()
    {
        _stopping = true;
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        var batch = new List<Caller>(_options.MaxBatch);
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < _options.MaxBatch && _queue.Reader.TryRead(out var caller))
            {
                if (caller.Board())
                    batch.Add(caller);
            }

            if (batch.Count > 0)
                await CommitAsync(batch);
            batch.Clear();
        }
    }

    private async Task CommitAsync(List<Caller> batch)
    {
        using var span = StorageTelemetry.StartCommit(batch, caller => caller.Trace);
        try
        {
            await CommitAsync(batch, 0, batch.Count);
        }
        catch (Exception failure)
        {
            span?.SetStatus(ActivityStatusCode.Error, failure.Message);
            // To a caller, cancelled means that nothing was written; here nobody knows that.
            var answer = failure is OperationCanceledException ? new TimeoutException("The commit was cut off. What it did is unknown.", failure) : failure;
            foreach (var caller in batch)
                caller.Fail(answer);   // those that have their answer keep it
        }
    }

    /// <summary>Gives every caller of the range its answer, or throws an error of the database for those that have none.</summary>
    private async Task CommitAsync(List<Caller> batch, int start, int count)
    {
        IReadOnlyList<TResult> results;
        try
        {
            results = await CommitWithoutDeadlockAsync(batch.GetRange(start, count).ConvertAll(caller => caller.Item));
        }
        catch (Exception refusal) when (!DatabaseFailure.IsInfrastructure(refusal))
        {
            if (count == 1)
            {
                batch[start].Fail(refusal);
                return;
            }

            var half = count / 2;
            await CommitAsync(batch, start, half);
            await CommitAsync(batch, start + half, count - half);
            return;
        }

        if (results.Count != count)
            throw new InvalidOperationException($"A group commit of {count} items answered {results.Count} results. What it wrote is unknown.");
        for (var i = 0; i < count; i++)
            batch[start + i].Succeed(results[i]);
    }

    private async Task<IReadOnlyList<TResult>> CommitWithoutDeadlockAsync(List<TItem> items)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await _commit(items, CancellationToken.None);
            }
            catch (Exception failure) when (attempt < DeadlockTries && DatabaseFailure.IsDeadlock(failure))
            {
                // Rolled back for certain, so the same again is right; a moment later, so that two who met don't meet again.
                await Task.Delay(Random.Shared.Next(1, DeadlockPauseMs));
            }
        }
    }

    /// <summary>One who waits. Leaving and boarding exclude each other.</summary>
    private sealed class Caller(TItem item)
    {
        private readonly TaskCompletionSource<TResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _decided;

        public TItem Item => item;

        public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

        public Task<TResult> Answer => _answer.Task;

        public bool Board() => Interlocked.Exchange(ref _decided, 1) == 0;

        public void Leave(CancellationToken ct)
        {
            if (Interlocked.Exchange(ref _decided, 1) == 0)
                _answer.TrySetCanceled(ct);
        }

        public void Succeed(TResult result) => _answer.TrySetResult(result);

        public void Fail(Exception failure) => _answer.TrySetException(failure);
    }
}
