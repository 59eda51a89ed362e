namespace PayFlow.Storage;

/// <summary>
/// Commits many callers' items together. While one commit runs, the next batch collects; there is no timer, so an idle caller pays nothing for it.
/// Items are committed in the order they came.
/// </summary>
/// <remarks>
/// When a batch is refused, it is halved until each caller has its own answer. When the database itself fails
/// (<see cref="DatabaseFailure.IsInfrastructure"/>), every caller of the batch gets that error: after a lost connection a COMMIT's outcome is unknown.
/// </remarks>
public sealed class GroupCommit<TItem, TResult> : IAsyncDisposable
{
    /// <param name="commit">Writes and commits all the items, or none of them; answers one result per item, in their order.</param>
    /// <param name="options">The bounds.</param>
    public GroupCommit(Func<IReadOnlyList<TItem>, CancellationToken, Task<IReadOnlyList<TResult>>> commit, GroupCommitOptions options) => throw new NotSupportedException();

    public Task<TResult> CommitAsync(TItem item, CancellationToken ct) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
