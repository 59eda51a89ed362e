using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.UnitTests.Transfers;

/// <summary>Engines that are wrong in one way each, so that a law which can't fail is noticed.</summary>
internal static class PlantedBugs
{
    /// <summary>Lets every request overdraw.</summary>
    public static Outcome ForgetsTheFloor(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) =>
        LedgerEngine.Apply(books, [.. transfers.Select(transfer => transfer with { IsFact = true })], now);

    /// <summary>Lets an account hold anything.</summary>
    public static Outcome ForgetsTheCeiling(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) =>
        Blind(books, transfers, now, account => account with { Ceiling = null }, (account, before) => account with { Ceiling = before.Ceiling });

    /// <summary>Takes requests for accounts that are frozen or closed.</summary>
    public static Outcome ForgetsStates(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) =>
        Blind(books, transfers, now, account => account with { State = AccountState.Open }, (account, before) => account with { State = before.State });

    /// <summary>Posts what has expired.</summary>
    public static Outcome ForgetsExpiries(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) => LedgerEngine.Apply(books, transfers, now.AddMinutes(-1));

    /// <summary>Posts a part and leaves the rest reserved.</summary>
    public static Outcome ForgetsTheRest(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now)
    {
        var outcome = LedgerEngine.Apply(books, transfers, now);
        var pendings = books.After(outcome).Transfers;
        return outcome.Created.Where(transfer => transfer.Kind == TransferKind.PostPending).Aggregate(outcome, (sofar, post) =>
        {
            var rest = pendings[post.PendingId!.Value].Amount - post.Amount;
            return Change(Change(sofar, post.Debit, account => account with { DebitsPending = account.DebitsPending + rest }),
                post.Credit, account => account with { CreditsPending = account.CreditsPending + rest });
        });
    }

    /// <summary>Credits one minor unit less than it debits.</summary>
    public static Outcome LosesACent(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now)
    {
        var outcome = LedgerEngine.Apply(books, transfers, now);
        return outcome.Created.FirstOrDefault(transfer => transfer.Kind == TransferKind.Posted) is { } posted
            ? Change(outcome, posted.Credit, account => account with { CreditsPosted = account.CreditsPosted - 1 })
            : outcome;
    }

    /// <summary>Numbers the entries of the credited account by batch instead of by account.</summary>
    public static Outcome NumbersEntriesAnew(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now)
    {
        var outcome = LedgerEngine.Apply(books, transfers, now);
        return outcome with { Created = [.. outcome.Created.Select((transfer, index) => transfer with { CreditVersion = index + 1 })] };
    }

    /// <summary>Doesn't look whether a posted transfer is there already.</summary>
    public static Outcome ForgetsIds(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) =>
        LedgerEngine.Apply(books with { Transfers = books.Transfers.Where(known => known.Value.Kind == TransferKind.Pending).ToDictionary() }, transfers, now);

    /// <summary>Gives up on the rest of a batch after a refusal.</summary>
    public static Outcome StopsAtTheFirstRefusal(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now)
    {
        var answered = LedgerEngine.Apply(books, transfers, now).Results.TakeWhile(result => result.IsInTheBooks()).Count();
        var outcome = LedgerEngine.Apply(books, [.. transfers.Take(answered)], now);
        return outcome with { Results = [.. outcome.Results, .. Enumerable.Repeat(TransferRefusal.LinkedChainFailed, transfers.Count - answered)] };
    }

    /// <summary>Applies each transfer of a chain on its own.</summary>
    public static Outcome IgnoresChains(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now) =>
        LedgerEngine.Apply(books, [.. transfers.Select(transfer => transfer with { Linked = false })], now);

    /// <summary>Runs on accounts of which something isn't seen, and is there again afterwards.</summary>
    private static Outcome Blind(Books books, IReadOnlyList<NewTransfer> transfers, DateTimeOffset now, Func<Account, Account> hide, Func<Account, Account, Account> restore)
    {
        var outcome = LedgerEngine.Apply(books with { Accounts = books.Accounts.ToDictionary(account => account.Key, account => hide(account.Value)) }, transfers, now);
        return outcome with
        {
            Accounts = outcome.Accounts.ToDictionary(account => account.Key, account => books.Accounts.TryGetValue(account.Key, out var before) ? restore(account.Value, before) : account.Value),
        };
    }

    private static Outcome Change(Outcome outcome, AccountName name, Func<Account, Account> change) =>
        outcome with { Accounts = outcome.Accounts.ToDictionary(account => account.Key, account => account.Key == name ? change(account.Value) : account.Value) };
}
