using PayFlow.Kernel;

namespace PayFlow.Ledger.Accounts;

/// <summary>What became of a command about an account. The numbers are stable and are the order of the checks.</summary>
public enum AccountRefusal
{
    /// <summary>Not refused.</summary>
    Done = 0,

    ExistsWithDifferentOverdraft = 10,
    ExistsWithDifferentCeiling = 11,

    /// <summary>It is so already, which is as good as done.</summary>
    Exists = 20,

    /// <summary>The chart has no such account.</summary>
    AccountUnknown = 30,

    /// <summary>It is one of the platform's, which exist once per shard: they have no limits, and are neither frozen nor closed.</summary>
    AccountNotOwned = 31,

    /// <summary>Below zero, too large, or of an account that has no floor.</summary>
    OverdraftNotPossible = 32,

    /// <summary>Below zero.</summary>
    CeilingNotPossible = 33,

    AccountNotFound = 40,
    AccountClosed = 41,

    /// <summary>Only an account at zero can be closed.</summary>
    BalanceNotZero = 50,

    /// <summary>Only an account with nothing pending can be closed.</summary>
    PendingNotZero = 51,
}

public static class AccountRefusals
{
    /// <summary>The name in contracts: <c>balance_not_zero</c>.</summary>
    public static string Code(this AccountRefusal refusal) => Names.Of(refusal);

    public static bool IsDone(this AccountRefusal refusal) => refusal is AccountRefusal.Done or AccountRefusal.Exists;

    /// <summary>The answer to who asked for something that is refused.</summary>
    public static Refusal ToRefusal(this AccountRefusal refusal, AccountName name) => refusal switch
    {
        AccountRefusal.AccountNotFound => Refusal.NotFound("account", name.ToString()),
        AccountRefusal.AccountUnknown => new(RefusalKind.Invalid, refusal.Code(), $"The chart of accounts has no {name}."),
        AccountRefusal.AccountNotOwned => new(RefusalKind.Invalid, refusal.Code(), $"{name} is the platform's: it has no limits, and is neither frozen nor closed."),
        AccountRefusal.OverdraftNotPossible => new(RefusalKind.Invalid, refusal.Code(), $"An overdraft is an amount, of an account with a floor. {name} can't have this one."),
        AccountRefusal.CeilingNotPossible => new(RefusalKind.Invalid, refusal.Code(), "A ceiling can't be below zero."),
        AccountRefusal.AccountClosed => new(RefusalKind.Conflict, refusal.Code(), $"{name} is closed for good."),
        AccountRefusal.BalanceNotZero => new(RefusalKind.Conflict, refusal.Code(), $"{name} isn't at zero. Move what it holds first."),
        AccountRefusal.PendingNotZero => new(RefusalKind.Conflict, refusal.Code(), $"Something is pending on {name}. Post or void it first."),
        AccountRefusal.ExistsWithDifferentOverdraft or AccountRefusal.ExistsWithDifferentCeiling => new(RefusalKind.Conflict, refusal.Code(), $"{name} is there with other limits."),
        _ => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "This is no refusal."),
    };
}
