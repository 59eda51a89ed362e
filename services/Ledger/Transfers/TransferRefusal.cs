using PayFlow.Kernel;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// What became of a transfer. The numbers are stable and are the order of the checks: who fails several is told the first. 10–21 say that the id is
/// taken; they change nothing, and <see cref="Exists"/> is as good as created.
/// </summary>
public enum TransferRefusal
{
    /// <summary>Not refused.</summary>
    Created = 0,

    /// <summary>Another transfer of its chain was refused.</summary>
    LinkedChainFailed = 1,

    /// <summary>The last transfer is linked to one that doesn't follow.</summary>
    LinkedChainOpen = 2,

    /// <summary>The id, the owners of both accounts and all of a chain must live in one shard.</summary>
    ShardsDiffer = 3,

    ExistsWithDifferentKind = 10,
    ExistsWithDifferentPendingId = 11,
    ExistsWithDifferentDebitAccount = 12,
    ExistsWithDifferentCreditAccount = 13,
    ExistsWithDifferentAmount = 14,
    ExistsWithDifferentType = 15,
    ExistsWithDifferentPayment = 16,
    ExistsWithDifferentMerchant = 17,
    ExistsWithDifferentEffectiveTime = 18,
    ExistsWithDifferentReference = 19,

    /// <summary>The same transfer is there already.</summary>
    Exists = 20,

    ExistsWithDifferentExpiry = 21,

    /// <summary>The time in the id is before the oldest month that is kept here; whether it was used can't be told any more.</summary>
    IdTooOld = 29,

    /// <summary>The time in the id is more than five minutes ahead of ours.</summary>
    IdTooFarAhead = 30,

    AmountNotPositive = 31,

    /// <summary>More than <see cref="LedgerEngine.MaxAmount"/>.</summary>
    AmountTooLarge = 32,

    /// <summary>It would have expired already.</summary>
    ExpiryPassed = 33,

    PendingNotFound = 40,

    /// <summary>The transfer named as pending is of another kind.</summary>
    PendingNotPending = 41,

    PendingAlreadyPosted = 42,
    PendingAlreadyVoided = 43,
    ExceedsPendingAmount = 44,

    /// <summary>The pending transfer has expired: it can only be voided, and soon is.</summary>
    PendingExpired = 45,

    AccountsMustDiffer = 50,
    AccountsInDifferentModes = 51,
    AccountsInDifferentCurrencies = 52,

    /// <summary>The chart has no such account.</summary>
    DebitAccountUnknown = 53,

    /// <summary>The chart has no such account.</summary>
    CreditAccountUnknown = 54,

    DebitAccountClosed = 55,
    CreditAccountClosed = 56,
    DebitAccountFrozen = 57,
    CreditAccountFrozen = 58,

    /// <summary>A counter of one of the accounts can't hold it.</summary>
    WouldOverflow = 60,

    /// <summary>It would take the available balance of an account below zero, or below the overdraft that was agreed.</summary>
    ExceedsAvailable = 61,

    /// <summary>It would take an account above its ceiling, with everything that is pending towards it.</summary>
    ExceedsCeiling = 62,
}

public static class TransferRefusals
{
    /// <summary>The name in contracts: <c>exceeds_available</c>.</summary>
    public static string Code(this TransferRefusal refusal) => Names.Of(refusal);

    /// <summary>Whether the transfer is in the books as asked for: created now or before.</summary>
    public static bool IsInTheBooks(this TransferRefusal refusal) => refusal is TransferRefusal.Created or TransferRefusal.Exists;
}
