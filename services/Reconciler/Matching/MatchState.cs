using PayFlow.Kernel;

namespace PayFlow.Reconciler.Matching;

/// <summary>What is known before a poll of events is worked through: locked records, and what was already done.</summary>
internal sealed record MatchState(
    IReadOnlyList<Record> Records, IReadOnlyList<(Id Batch, int Line)> LineKeys, IReadOnlyList<(Id Batch, int Ordinal)> DepositKeys,
    IReadOnlyList<Id> OpenMissing, IReadOnlyDictionary<Id, long> Unexplained)
{
    public static MatchState Empty { get; } = new([], [], [], [], new Dictionary<Id, long>());

    /// <summary>Unexplained money (minor units) of earlier polls' lines that no deposit has paid yet: it belongs to the first deposit of this poll.</summary>
    public long UnexplainedBefore(Id batch, List<Deposit> deposits) =>
        deposits.Exists(deposit => deposit.BatchId == batch) ? 0 : Unexplained.GetValueOrDefault(batch);
}
