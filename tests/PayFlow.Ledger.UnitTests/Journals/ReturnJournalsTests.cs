using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class ReturnJournalsTests
{
    private const string Receivable = "acquirer_receivable/northbank";
    private static readonly string Pending = $"merchant/{Sample.Merchant}/pending";
    private static readonly string Available = $"merchant/{Sample.Merchant}/available";

    [Fact]
    public void Returned_BeforeTheSettlement_IsTakenOutOfPending()
    {
        var ledger = new MemoryLedger();
        ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true), ReturnedDebit("c", 100, debit: ""));
        Assert.Equal((0, 0, 0, 0), (ledger.Of(Pending).Posted, ledger.Of(Available).Posted, ledger.Of(Receivable).Posted, ledger.Of("bank_cash/house").Posted));
        Assert.Equal(("return", Sample.Payment), (Line(ledger, "return").Type, Line(ledger, "return").PaymentId));
    }

    [Fact]
    public void Returned_AfterTheSettlement_OverdrawsTheMerchantAndLeavesTheBank()
    {
        var ledger = new MemoryLedger();
        ledger.Apply(Authorized(100), Captured("c", 100, 0, isFinal: true), Settled("c", 100, 3, line: 1), Deposited(100, 2));
        ledger.Apply(ReturnedDebit("c", 100, debit: "dbt_1"));
        Assert.Equal((0, -3, 0), (ledger.Of(Pending).Posted, ledger.Of(Available).Posted, ledger.Of(Receivable).Posted));
        Assert.Equal((-2, 2, 3), (ledger.Of("bank_cash/house").Posted, ledger.Of("acquirer_fees").Posted, ledger.Of("processing_revenue").Posted));
        Assert.Equal("dbt_1", ledger.Books.Transfers.Values.Single(transfer => transfer is { Type: "deposit", Amount: 100 }).ExternalReference);
    }

    [Fact]
    public void Returned_InAnyOrderAndTwice_EndsTheSame()
    {
        object[] events = [Authorized(100), Captured("c", 100, 0, isFinal: true), Settled("c", 100, 3, line: 1), Deposited(100, 2), ReturnedDebit("c", 100, debit: "dbt_1")];
        var straight = new MemoryLedger();
        straight.Apply(events);

        // The payment's events in their order, the others in any: they come by another topic.
        foreach (var order in new int[][] { [4, 0, 1, 2, 3], [2, 4, 0, 3, 1], [0, 4, 3, 2, 1] })
        {
            var ledger = new MemoryLedger();
            foreach (var index in order)
            {
                ledger.Apply(events[index]);
            }

            Assert.Equal(Balances(straight), Balances(ledger));
            Assert.All(ledger.Apply(events[4]), result => Assert.Equal(TransferRefusal.Exists, result));
        }
    }

    private static IEnumerable<(string, long)> Balances(MemoryLedger ledger) =>
        ledger.Books.Accounts.Values.Select(account => (account.Name.Path, account.LedgerBalance)).OrderBy(account => account.Path, StringComparer.Ordinal);

    private static Transfer Line(MemoryLedger ledger, string type) => ledger.Books.Transfers.Values.Single(transfer => transfer.Type == type);
}
