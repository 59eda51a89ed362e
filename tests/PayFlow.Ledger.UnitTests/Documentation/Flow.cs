using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Journals;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Documentation;

/// <summary>A flow of the books as docs/ledger.md shows it: what happens, and what the journals post for it.</summary>
/// <param name="Name">A line for people.</param>
/// <param name="Before">What has happened before, and is not shown.</param>
/// <param name="Events">What happens, in order.</param>
internal sealed record Flow(string Name, object[] Before, object[] Events)
{
    /// <summary>Every flow that the journals know.</summary>
    public static IReadOnlyList<Flow> All { get; } =
    [
        new(
            "One payment: 100.00 are authorized, 60.00 of them captured and settled for a fee of 2.04, and deposited less 0.17", [],
            [Authorized(100_00), Captured("c", 60_00, 0, isFinal: true), Settled("c", 60_00, 2_04, line: 1), Deposited(60_00, 17)]),
        new("Authorized 100.00: held", [], [Authorized(100_00)]),
        new("Voided, or expired: released", [Authorized(100_00)], [Voided("v")]),
        new("Captured 60.00 for good: the rest is released", [Authorized(100_00)], [Captured("c", 60_00, 0, isFinal: true)]),
        new("Captured 60.00, more to come: the rest is held again", [Authorized(100_00)], [Captured("c", 60_00, 40_00, isFinal: false)]),
        new("The acquirer settled 60.00, our fee is 2.04", [.. Capture], [Settled("c", 60_00, 2_04, line: 1)]),
        new("Settled short: 59.00 now, 1.00 stays pending", [.. Capture], [Settled("c", 59_00, 2_04, line: 1)]),
        new("It deposited 60.00 and kept 0.17", [.. Capture, Settled("c", 60_00, 2_04, line: 1)], [Deposited(60_00, 17)]),
        new("It deposited 70.00, of which 10.00 belong to no item", [.. Capture, Settled("c", 60_00, 2_04, line: 1)], [Deposited(70_00, 17, unexplained: 10_00)]),
        new("A capture was voided before it was settled", [.. Capture], [Refunded("r", 60_00, voids: "c")]),
        new("Refund of 25.00: set aside, then taken", [.. Paid], [RefundRequested("r", 25_00), Refunded("r", 25_00)]),
        new("Refund of 25.00: set aside, then refused", [.. Paid], [RefundRequested("r", 25_00), RefundFailed("r", 25_00)]),
        new("A bank took its debit back before it was settled", [.. Capture], [ReturnedDebit("c", 60_00, debit: "")]),
        new("A bank took its debit back after it was settled", [.. Paid], [ReturnedDebit("c", 60_00, debit: "dbt_1")]),
        new("A cardholder disputes 60.00", [.. Paid], [Disputed("d", 60_00)]),
        new("The dispute is won", [.. Paid, Disputed("d", 60_00)], [DisputeWon("d", 60_00)]),
        new("The dispute is lost, our fee for it is 15.00", [.. Paid, Disputed("d", 60_00)], [DisputeLost("d", 60_00, 15_00)]),
    ];

    private static IEnumerable<object> Capture => [Authorized(60_00), Captured("c", 60_00, 0, isFinal: true)];

    private static IEnumerable<object> Paid => [.. Capture, Settled("c", 60_00, 2_04, line: 1), Deposited(60_00, 17)];

    /// <summary>What the journals post, in order, each with what a pending transfer that it ends had reserved; and the accounts after it.</summary>
    public (IReadOnlyList<Posting> Postings, IReadOnlyDictionary<AccountName, Account> Accounts) Run()
    {
        var ledger = new MemoryLedger();
        ledger.Apply(Before);
        var known = ledger.Books.Transfers.Keys.ToHashSet();
        var postings = new List<Posting>();
        foreach (var happened in Events)
        {
            Assert.All(ledger.Apply(happened), result => Assert.Equal(TransferRefusal.Created, result));
            postings.AddRange(ledger.Books.Transfers.Values.Where(transfer => known.Add(transfer.Id))
                .Select(transfer => new Posting(transfer, transfer.PendingId is { } pending ? ledger.Books.Transfers[pending].Amount : 0)));
        }

        return (postings, ledger.Books.Accounts);
    }
}

/// <summary>A transfer of a flow.</summary>
/// <param name="Reserved">What the pending transfer that it ends had reserved, minor units; 0 when it ends none.</param>
internal sealed record Posting(Transfer Transfer, long Reserved);
