namespace PayFlow.Ledger.Transfers;

/// <summary>What a transfer does to its two accounts. Stored by number; the same numbers as in the contract.</summary>
public enum TransferKind
{
    /// <summary>Moves the amount at once.</summary>
    Posted = 1,

    /// <summary>Reserves the amount until it is posted or voided.</summary>
    Pending = 2,

    /// <summary>Moves all or part of what a pending transfer reserved, and releases the rest.</summary>
    PostPending = 3,

    /// <summary>Releases what a pending transfer reserved.</summary>
    VoidPending = 4,
}

public static class TransferKinds
{
    /// <summary>Whether a transfer of this kind ends a pending one.</summary>
    public static bool EndsPending(this TransferKind kind) => kind is TransferKind.PostPending or TransferKind.VoidPending;
}
