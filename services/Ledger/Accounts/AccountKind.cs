namespace PayFlow.Ledger.Accounts;

/// <summary>The four kinds of double entry. Stored by number.</summary>
public enum AccountKind
{
    /// <summary>What others owe us, or what we hold. Debits raise it.</summary>
    Asset = 1,

    /// <summary>What something cost us. Debits raise it.</summary>
    Expense = 2,

    /// <summary>What we owe others. Credits raise it.</summary>
    Liability = 3,

    /// <summary>What we earned. Credits raise it.</summary>
    Income = 4,
}

/// <summary>What an account forbids to requests; journals of outside facts are bound by none of it. Stored by number.</summary>
[Flags]
public enum AccountRules
{
    None = 0,

    /// <summary>No request may take the available balance below zero on the account's normal side, or below its agreed overdraft.</summary>
    NotBelowZero = 1,
}

/// <summary>Whether an account takes requests. Facts post whatever it is, and what was pending before may end. Stored by number.</summary>
public enum AccountState
{
    Open = 1,

    /// <summary>Takes no requests until it is unfrozen.</summary>
    Frozen = 2,

    /// <summary>Takes no requests any more. It was at zero with nothing pending when it was closed; a fact that comes later is posted and reported.</summary>
    Closed = 3,
}
