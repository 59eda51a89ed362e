using System.Diagnostics.Metrics;

namespace PayFlow.Ledger.Transfers;

/// <summary>Meter <c>PayFlow.Ledger</c>: how batches come to their accounts.</summary>
internal sealed class BatchTelemetry(IMeterFactory meters)
{
    private readonly Counter<long> _batches = meters.Create("PayFlow.Ledger").CreateCounter<long>(
        "payflow.ledger.batches", "{batch}", "Batches that were applied, by how they came to their accounts: known, locked, or locked again because something was not as expected.");

    /// <param name="tries">How many were needed before this one.</param>
    public void Count(BooksAtHand books, int tries) =>
        _batches.Add(1, new KeyValuePair<string, object?>("accounts", books.AreLocked ? tries > 0 ? "again" : "locked" : "known"));
}
