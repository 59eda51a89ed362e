namespace PayFlow.Ledger.Transfers;

/// <summary>What became of a pending transfer: read off the transfer that ended it.</summary>
public enum PendingState
{
    Pending = 1,
    Posted = 2,
    Voided = 3,
}

/// <summary>A transfer with what became of it since.</summary>
/// <param name="Transfer">As it was written.</param>
/// <param name="PendingState">Of pending transfers only.</param>
public sealed record ListedTransfer(Transfer Transfer, PendingState? PendingState);
