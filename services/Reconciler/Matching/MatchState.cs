using PayFlow.Kernel;

namespace PayFlow.Reconciler.Matching;

/// <summary>What is known before a poll of events is worked through: locked records, and what was already done.</summary>
/// <param name="Open">Open exceptions of those records.</param>
/// <param name="Unpaid">What earlier polls' lines came to that no deposit has paid yet, by batch.</param>
internal sealed record MatchState(
    IReadOnlyList<Record> Records, IReadOnlyList<(Id Batch, int Line)> LineKeys, IReadOnlyList<(Id Batch, int Ordinal)> DepositKeys,
    IReadOnlyList<OpenException> Open, IReadOnlyDictionary<Id, Explained> Unpaid)
{
    public static MatchState Empty { get; } = new([], [], [], [], new Dictionary<Id, Explained>());
}

/// <summary>An open exception of a record.</summary>
/// <param name="IsShortfall">Less was settled than expected.</param>
internal sealed record OpenException(Id Id, Id ItemId, string Kind, bool IsShortfall);

/// <summary>How lines are explained: the part that settles items, and the part that no item explains. Minor units.</summary>
internal readonly record struct Explained(long Settled, long Unexplained)
{
    public static Explained operator +(Explained left, Explained right) => new(checked(left.Settled + right.Settled), checked(left.Unexplained + right.Unexplained));

    public long Gross => checked(Settled + Unexplained);
}
