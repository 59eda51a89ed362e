using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// What the facts of <c>reconciliation.events</c> post. They depend on nothing in the books: an item may be settled before the ledger has heard of its
/// capture, which is posted by another topic. merchant.pending is then below zero for a moment, and right as soon as both are in: sums don't care
/// about order.
/// </summary>
internal static class ReconciliationJournals
{
    /// <summary>The lines of one event, in order; none when it moves no money.</summary>
    /// <param name="happened">The event.</param>
    /// <param name="bank">The bank that acquirers deposit to.</param>
    /// <exception cref="FormatException">An id, the mode or the currency can't be read, or this ledger doesn't know the event.</exception>
    public static IReadOnlyList<NewTransfer> Of(ReconciliationEvent happened, string bank) => happened.DetailCase switch
    {
        ReconciliationEvent.DetailOneofCase.ItemSettled => ItemSettled(happened, happened.ItemSettled),
        ReconciliationEvent.DetailOneofCase.DepositReported => Deposited(happened, happened.DepositReported, bank),
        ReconciliationEvent.DetailOneofCase.DebitReturned => ReturnJournals.Returned(happened, happened.DebitReturned, bank),
        ReconciliationEvent.DetailOneofCase.DisputeOpened => DisputeJournals.Opened(happened, happened.DisputeOpened, bank),
        ReconciliationEvent.DetailOneofCase.DisputeClosed => DisputeJournals.Closed(happened, happened.DisputeClosed, bank),
        ReconciliationEvent.DetailOneofCase.RefundSettled => [],   // posted when it was refunded, from payments.events; the deposit pays that much less
        ReconciliationEvent.DetailOneofCase.ExceptionOpened or ReconciliationEvent.DetailOneofCase.ExceptionResolved => [],   // findings, not money
        _ => throw new FormatException($"This ledger knows no reconciliation event {(int)happened.DetailCase}."),
    };

    private static IReadOnlyList<NewTransfer> ItemSettled(ReconciliationEvent happened, ItemSettled settled)
    {
        var (merchant, mode, currency) = (Id.Parse(IdPrefix.Merchant, happened.MerchantId), ContractMode.Read(happened.Mode), Currency.Parse(happened.Currency));
        var item = Id.Parse(IdPrefix.Item, settled.ItemId);
        var available = ChartOfAccounts.MerchantAvailable(merchant, mode, currency);
        var settle = Transfer(happened, item.Derive(IdPrefix.Transfer, $"settle:{settled.LineNumber}"), TransferType.Settle, happened.BatchId) with
        {
            PaymentId = Id.Parse(IdPrefix.Payment, settled.PaymentId),
            Debit = ChartOfAccounts.MerchantPending(merchant, mode, currency),
            Credit = available,
            Amount = settled.Amount,
        };
        var fee = settle with
        {
            Id = item.Derive(IdPrefix.Transfer, $"fee:{settled.LineNumber}"),
            Type = TransferType.Fee,
            Debit = available,
            Credit = ChartOfAccounts.ProcessingRevenue(mode, currency),
            Amount = settled.Fee,
        };
        return Journal.Of(new[] { settle, fee }.Where(line => line.Amount != 0));   // below zero is for the engine to refuse
    }

    /// <summary>
    /// The bank gets what the acquirer didn't keep. The acquirer owes us that much less, but for what it paid and nobody can explain: that is a debt of
    /// ours until somebody can. Each amount may have either sign: an acquirer that keeps more than it pays takes the rest from our bank.
    /// </summary>
    private static IReadOnlyList<NewTransfer> Deposited(ReconciliationEvent happened, DepositReported deposit, string bank)
    {
        var (mode, currency, batch) = (ContractMode.Read(happened.Mode), Currency.Parse(happened.Currency), Id.Parse(IdPrefix.Batch, happened.BatchId));
        var pairs = Pair(
            (ChartOfAccounts.AcquirerFees(mode, currency), deposit.Charge),
            (ChartOfAccounts.BankCash(bank, mode, currency), checked(deposit.Gross - deposit.Charge)),
            (ChartOfAccounts.AcquirerReceivable(happened.Acquirer, mode, currency), checked(deposit.Unexplained - deposit.Gross)),
            (ChartOfAccounts.Suspense(mode, currency), checked(-deposit.Unexplained)));
        return Journal.Of(pairs.Select((pair, index) =>
            Transfer(happened, batch.Derive(IdPrefix.Transfer, $"deposit:{deposit.Ordinal}:{index + 1}"), TransferType.Deposit, deposit.DepositReference) with
            {
                Debit = pair.Debit,
                Credit = pair.Credit,
                Amount = pair.Amount,
            }));
    }

    /// <summary>A journal of any number of legs (debits above zero, credits below, zero in sum) as transfers that each have one of both.</summary>
    private static IEnumerable<(AccountName Debit, AccountName Credit, long Amount)> Pair(params IReadOnlyList<(AccountName Account, long Amount)> legs)
    {
        var credits = new Stack<(AccountName Account, long Amount)>(legs.Where(leg => leg.Amount < 0).Select(leg => (leg.Account, -leg.Amount)).Reverse());
        foreach (var (debit, total) in legs.Where(leg => leg.Amount > 0))
        {
            for (long rest = total, amount; rest > 0; rest -= amount)
            {
                var (credit, open) = credits.Pop();
                amount = Math.Min(rest, open);
                yield return (debit, credit, amount);
                if (amount < open)
                {
                    credits.Push((credit, open - amount));
                }
            }
        }
    }

    /// <summary>What all transfers of an event of <c>reconciliation.events</c> have in common.</summary>
    internal static NewTransfer Transfer(ReconciliationEvent happened, Id id, string type, string reference) => new()
    {
        Id = id,
        Kind = TransferKind.Posted,
        Type = type,
        MerchantId = Id.Parse(IdPrefix.Merchant, happened.MerchantId),
        EffectiveAt = happened.OccurredAt?.ToDateTimeOffset() ?? throw new FormatException("The event doesn't say when it happened."),
        ExternalReference = Journal.Reference(reference),
        IsFact = true,
    };
}
