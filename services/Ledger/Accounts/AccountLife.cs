using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Accounts;

/// <summary>How accounts with an owner are opened, frozen, unfrozen and closed. Pure; whoever calls it holds the account's lock.</summary>
public static class AccountLife
{
    /// <summary>The account that is asked for, as it is before its first transfer.</summary>
    public static AccountRefusal Open(NewAccount asked, out Account account)
    {
        var isKnown = ChartOfAccounts.TryOpen(asked.Name, out var opened);
        account = (opened ?? new Account(asked.Name, default, default)) with { Overdraft = asked.Overdraft, Ceiling = asked.Ceiling };
        return !isKnown ? AccountRefusal.AccountUnknown
            : !ChartOfAccounts.TryGetOwner(asked.Name.Path, out _) ? AccountRefusal.AccountNotOwned
            : asked.Overdraft is < 0 or > LedgerEngine.MaxAmount || (asked.Overdraft > 0 && !account.Rules.HasFlag(AccountRules.NotBelowZero)) ? AccountRefusal.OverdraftNotPossible
            : asked.Ceiling < 0 ? AccountRefusal.CeilingNotPossible
            : AccountRefusal.Done;
    }

    /// <summary>Whether the account that is there is the one that is asked for.</summary>
    public static AccountRefusal Compare(NewAccount asked, Account existing) =>
        asked.Overdraft != existing.Overdraft ? AccountRefusal.ExistsWithDifferentOverdraft
        : asked.Ceiling != existing.Ceiling ? AccountRefusal.ExistsWithDifferentCeiling
        : AccountRefusal.Exists;

    /// <summary>What an action makes of an account.</summary>
    public static AccountRefusal Decide(Account account, AccountAction action, out Account after)
    {
        var to = action switch
        {
            AccountAction.Freeze => AccountState.Frozen,
            AccountAction.Unfreeze => AccountState.Open,
            AccountAction.Close => AccountState.Closed,
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, "Nobody can do this to an account."),
        };
        var refusal = account.State == to ? AccountRefusal.Exists
            : account.State == AccountState.Closed ? AccountRefusal.AccountClosed
            : to == AccountState.Closed && account.LedgerBalance != 0 ? AccountRefusal.BalanceNotZero
            : to == AccountState.Closed && (account.DebitsPending, account.CreditsPending) != (0, 0) ? AccountRefusal.PendingNotZero
            : AccountRefusal.Done;
        after = refusal == AccountRefusal.Done ? account with { State = to } : account;
        return refusal;
    }
}
