using PayFlow.Kernel;

namespace PayFlow.Ledger.Transfers;

/// <summary>What callers are told of a transfer that was refused, where a refusal is an answer of its own.</summary>
public static class TransferProblems
{
    /// <summary>One kind and one sentence for each; the code is the refusal's own, but for money that isn't there, which everybody calls alike.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The transfer is in the books.</exception>
    public static Refusal ToRefusal(this TransferRefusal refusal) => refusal switch
    {
        TransferRefusal.Created or TransferRefusal.Exists => throw new ArgumentOutOfRangeException(nameof(refusal), refusal, "This is no refusal."),
        TransferRefusal.ExceedsAvailable => new(RefusalKind.Conflict, "insufficient_funds", "There is less available than this would take. Nothing was moved."),
        TransferRefusal.ExceedsCeiling => Of(RefusalKind.Conflict, refusal, "The account that is credited may not hold so much. Nothing was moved."),
        TransferRefusal.DebitAccountFrozen or TransferRefusal.CreditAccountFrozen => Of(RefusalKind.Conflict, refusal, "The account is frozen and takes no requests. Nothing was moved."),
        TransferRefusal.DebitAccountClosed or TransferRefusal.CreditAccountClosed => Of(RefusalKind.Conflict, refusal, "The account is closed. Nothing was moved."),
        TransferRefusal.ShardsDiffer => Of(RefusalKind.Conflict, refusal, "These accounts live in different shards, and this can't be done between them. Nothing was moved."),
        TransferRefusal.PendingNotFound => Of(RefusalKind.NotFound, refusal, "There is no such pending transfer."),
        TransferRefusal.LinkedChainFailed or TransferRefusal.LinkedChainOpen or TransferRefusal.WouldOverflow => Of(RefusalKind.Conflict, refusal, "Nothing was moved."),
        >= TransferRefusal.ExistsWithDifferentKind and <= TransferRefusal.ExistsWithDifferentExpiry => Of(RefusalKind.Mismatch, refusal, "The id belongs to another transfer. Nothing was moved."),
        >= TransferRefusal.PendingNotPending and <= TransferRefusal.PendingExpired => Of(RefusalKind.Conflict, refusal, "The pending transfer can't be ended like this. Nothing was moved."),
        _ => Of(RefusalKind.Invalid, refusal, "The transfer can't be made as it is asked for. Nothing was moved."),
    };

    private static Refusal Of(RefusalKind kind, TransferRefusal refusal, string message) => new(kind, refusal.Code(), message);
}
