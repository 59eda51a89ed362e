using System.ComponentModel.DataAnnotations;
using PayFlow.Kernel;

namespace PayFlow.Storage;

/// <summary>The bounds of a <see cref="GroupCommit{TItem, TResult}"/>.</summary>
public sealed class GroupCommitOptions
{
    /// <summary>Items in one commit at most.</summary>
    [Range(1, 10_000)]
    public int MaxBatch { get; set; } = 500;

    /// <summary>Items that wait at most; further callers are refused at once.</summary>
    [Range(1, 1_000_000)]
    public int MaxQueue { get; set; } = 10_000;
}

/// <summary>So many items wait for their commit that one more is refused. Nothing was written; later is fine.</summary>
public sealed class GroupCommitFullException() : UnavailableException("Too many writes are waiting already. Nothing was written; try again in a moment.");
