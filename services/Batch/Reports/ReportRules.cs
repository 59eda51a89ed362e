namespace PayFlow.Batch.Reports;

/// <summary>What a report says of a batch's items: pure, from all its lines, so that reading it again gives the same.</summary>
internal static class ReportRules
{
    /// <summary>
    /// State and settled amount (minor units) of an item by its own lines. More than its amount never counts for the item: what is settled twice is the
    /// reconciler's to explain.
    /// </summary>
    public static (string State, long Settled) Item(long amount, IReadOnlyCollection<ReportLine> lines, bool isComplete)
    {
        var settled = lines.Where(line => line.IsSettled).Sum(line => line.Amount);
        return (settled, lines.Count) switch
        {
            (> 0, _) when settled >= amount => ("settled", amount),
            (> 0, _) => ("short", settled),
            (_, > 0) => ("rejected", 0),
            _ => (isComplete ? "missing" : "sealed", 0),
        };
    }

    /// <summary>State of a batch by its items' states.</summary>
    public static string Batch(IReadOnlyCollection<string> itemStates, bool isComplete) =>
        !isComplete ? "accepted" : itemStates.All(state => state == "settled") ? "settled" : "partially_settled";
}
