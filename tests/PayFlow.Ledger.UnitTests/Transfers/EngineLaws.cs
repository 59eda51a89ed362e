using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using static PayFlow.Ledger.UnitTests.Transfers.Sample;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>An engine: the real one, or one with a planted bug.</summary>
internal delegate Outcome Engine(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now);

/// <summary>What must hold of an engine for any batch.</summary>
internal static class EngineLaws
{
    /// <summary>
    /// Debits equal credits in every book, and the counters of every account are what its transfers add up to, with running balances that follow from
    /// each other without a gap. The sums are taken here anew, not by the engine.
    /// </summary>
    public static bool Balances(Engine engine, NewTransfer[] batch)
    {
        var books = Limited.After(engine(Limited, batch, Now));
        return books.Accounts.Values.GroupBy(account => (account.Name.Mode, account.Name.Currency)).All(book =>
                book.Sum(account => account.DebitsPosted) == book.Sum(account => account.CreditsPosted)
                && book.Sum(account => account.DebitsPending) == book.Sum(account => account.CreditsPending))
            && books.Accounts.Values.All(account => IsWhatItsTransfersSay(account, books));
    }

    /// <summary>
    /// No request ever takes a guarded account below its floor, or one with a ceiling above it, whichever balance one looks at; none touches an account that is frozen
    /// or closed, and none posts what has expired.
    /// </summary>
    public static bool Guards(Engine engine, NewTransfer[] batch)
    {
        var books = Limited;
        foreach (var chain in Chains(batch))
        {
            var outcome = engine(books, chain, Now);
            books = books.After(outcome);
            if (books.Accounts.Values.Any(account =>
                    (account.Rules.HasFlag(AccountRules.NotBelowZero) && (account.AvailableBalance < -account.Overdraft || account.LedgerBalance < -account.Overdraft))
                    || account.LedgerBalance + account.CreditsPending > (account.Ceiling ?? long.MaxValue)
                    || (account.State != AccountState.Open && account.Version > 0))
                || outcome.Created.Any(transfer => transfer.Kind == TransferKind.PostPending && books.Transfers[transfer.PendingId!.Value].ExpiresAt <= Now))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The same batch gives the same books; and what was created, sent again, is there and changes nothing.</summary>
    public static bool Replays(Engine engine, NewTransfer[] batch)
    {
        var first = engine(Limited, batch, Now);
        var books = Limited.After(first);
        if (!AreSame(books, Limited.After(engine(Limited, batch, Now))))
        {
            return false;
        }

        var created = batch.Where((_, index) => first.Results[index] == TransferRefusal.Created).ToArray();
        var again = engine(books, created, Now.AddDays(1));
        return again.Results.All(result => result == TransferRefusal.Exists) && AreSame(books, books.After(again));
    }

    /// <summary>Cutting a batch anywhere outside a chain changes neither an answer nor the books.</summary>
    public static bool Splits(Engine engine, NewTransfer[] batch)
    {
        var whole = engine(Limited, batch, Now);
        var books = Limited;
        var results = new List<TransferRefusal>();
        foreach (var chain in Chains(batch))
        {
            var outcome = engine(books, chain, Now);
            books = books.After(outcome);
            results.AddRange(outcome.Results);
        }

        return results.SequenceEqual(whole.Results) && AreSame(books, Limited.After(whole));
    }

    /// <summary>Of a chain everything is created or nothing, and what is created is exactly what was answered so.</summary>
    public static bool Chained(Engine engine, NewTransfer[] batch)
    {
        var outcome = engine(Limited, batch, Now);
        var start = 0;
        foreach (var chain in Chains(batch))
        {
            var results = outcome.Results.Skip(start).Take(chain.Length).ToArray();
            start += chain.Length;
            var created = results.Count(result => result == TransferRefusal.Created);
            if (created != 0 && created != chain.Length)
            {
                return false;
            }
        }

        var answered = batch.Where((_, index) => outcome.Results[index] == TransferRefusal.Created).Select(transfer => transfer.Id);
        return answered.SequenceEqual(outcome.Created.Select(transfer => transfer.Id));
    }

    public static IEnumerable<NewTransfer[]> Chains(NewTransfer[] batch)
    {
        for (int start = 0, end; start < batch.Length; start = end)
        {
            end = start;
            while (end < batch.Length - 1 && batch[end].Linked)
            {
                end++;
            }

            end++;
            yield return batch[start..end];
        }
    }

    private static bool IsWhatItsTransfersSay(Account account, Books books)
    {
        long debits = 0, credits = 0, debitsPending = 0, creditsPending = 0, version = 0;
        var entries = books.Transfers.Values
            .Where(transfer => transfer.Debit == account.Name || transfer.Credit == account.Name)
            .OrderBy(transfer => transfer.Debit == account.Name ? transfer.DebitVersion : transfer.CreditVersion);
        foreach (var transfer in entries)
        {
            var isDebit = transfer.Debit == account.Name;
            var posted = transfer.Kind is TransferKind.Posted or TransferKind.PostPending ? transfer.Amount : 0;
            var pending = transfer.Kind == TransferKind.Pending ? transfer.Amount : transfer.PendingId is { } ended ? -books.Transfers[ended].Amount : 0;
            (debits, debitsPending) = isDebit ? (debits + posted, debitsPending + pending) : (debits, debitsPending);
            (credits, creditsPending) = isDebit ? (credits, creditsPending) : (credits + posted, creditsPending + pending);
            version++;
            if ((isDebit ? (transfer.DebitVersion, transfer.DebitBalance) : (transfer.CreditVersion, transfer.CreditBalance)) != (version, debits - credits))
            {
                return false;
            }
        }

        return (debits, credits, debitsPending, creditsPending, version)
            == (account.DebitsPosted, account.CreditsPosted, account.DebitsPending, account.CreditsPending, account.Version);
    }

    private static bool AreSame(Books left, Books right) =>
        left.Accounts.Values.ToHashSet().SetEquals(right.Accounts.Values) && left.Transfers.Values.ToHashSet().SetEquals(right.Transfers.Values);
}
