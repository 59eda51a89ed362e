using PayFlow.Kernel;

namespace PayFlow.Ledger.Accounts;

/// <summary>
/// The state of an account: four counters in minor units, and how many transfers have touched it. Balances are derived from the counters and never
/// stored as one number.
/// </summary>
/// <param name="Name">Path, mode and currency.</param>
/// <param name="Kind">Which side raises it.</param>
/// <param name="Rules">What it forbids to requests.</param>
public sealed record Account(AccountName Name, AccountKind Kind, AccountRules Rules)
{
    /// <summary>Σ of what was debited for good. Only grows.</summary>
    public long DebitsPosted { get; init; }

    /// <summary>Σ of what was credited for good. Only grows.</summary>
    public long CreditsPosted { get; init; }

    /// <summary>Σ of debits that are pending now.</summary>
    public long DebitsPending { get; init; }

    /// <summary>Σ of credits that are pending now.</summary>
    public long CreditsPending { get; init; }

    /// <summary>How many transfers have touched the account; the number of its last entry. 0: none has.</summary>
    public long Version { get; init; }

    /// <summary>The number of its last entry in the shard that it came from; here it has those after it. 0: it was opened here.</summary>
    public long CarriedVersion { get; init; }

    /// <summary>The transfer of its last entry here; none before the first.</summary>
    public Id? LastTransfer { get; init; }

    public AccountState State { get; init; } = AccountState.Open;

    /// <summary>How far requests may take the available balance below zero, minor units, where there is a floor at all.</summary>
    public long Overdraft { get; init; }

    /// <summary>How far requests may raise the balance, with all that is pending towards it, minor units; null: without limit.</summary>
    public long? Ceiling { get; init; }

    /// <summary>Asset and expense accounts are raised by debits.</summary>
    public bool IsDebitNormal => Kind is AccountKind.Asset or AccountKind.Expense;

    /// <summary>Posted debits less posted credits: the running balance that entries carry, whatever the kind.</summary>
    public long RunningBalance => DebitsPosted - CreditsPosted;

    /// <summary>Posted balance on the account's normal side.</summary>
    public long LedgerBalance => IsDebitNormal ? RunningBalance : -RunningBalance;

    /// <summary>Posted balance less what is pending on the side that lowers it. What is pending on the other side never counts.</summary>
    public long AvailableBalance => LedgerBalance - (IsDebitNormal ? CreditsPending : DebitsPending);

    /// <summary>Whether it is below what requests may leave.</summary>
    public bool IsBelowFloor => Rules.HasFlag(AccountRules.NotBelowZero) && AvailableBalance < -Overdraft;

    /// <summary>Whether it is above what requests may make it, once everything that is pending towards it is posted.</summary>
    public bool IsAboveCeiling => Ceiling is { } ceiling && LedgerBalance + (IsDebitNormal ? DebitsPending : CreditsPending) > ceiling;
}
