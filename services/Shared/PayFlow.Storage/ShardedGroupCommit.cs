using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>
/// A <see cref="GroupCommit{TItem, TResult}"/> for each shard. Reads that many want at once go together in the same way: while one runs the next gathers, in one round trip for all of them,
/// and a lone reader waits for nobody.
/// </summary>
public sealed class ShardedGroupCommit<TItem, TResult> : IAsyncDisposable
{
    private readonly Shards _shards;
    private readonly GroupCommit<TItem, TResult>[] _groups;

    /// <param name="shards">Where to.</param>
    /// <param name="commit">On one shard: writes and commits all the items or none of them, or reads for all; one result per item, in their order.</param>
    /// <param name="options">The bounds of each shard's.</param>
    public ShardedGroupCommit(Shards shards, Func<Shard, IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> commit, GroupCommitOptions? options = null)
    {
        _shards = shards;
        _groups = [.. shards.All.Select(shard => new GroupCommit<TItem, TResult>((items, ct) => commit(shard, items, ct), options ?? new GroupCommitOptions()))];
    }

    /// <inheritdoc cref="GroupCommit{TItem, TResult}.CommitAsync(TItem, CancellationToken)"/>
    /// <param name="slot">On whose shard.</param>
    public Task<TResult> CommitAsync(Slot slot, TItem item, CancellationToken ct) => CommitAsync(_shards.For(slot), item, ct);

    /// <inheritdoc cref="GroupCommit{TItem, TResult}.CommitAsync(TItem, CancellationToken)"/>
    public Task<TResult> CommitAsync(Shard shard, TItem item, CancellationToken ct) => _groups[shard.Number].CommitAsync(item, ct);

    /// <summary>Refuses new items, finishes those that wait, and returns when all have their answers.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var group in _groups)
            await group.DisposeAsync();
    }
}
