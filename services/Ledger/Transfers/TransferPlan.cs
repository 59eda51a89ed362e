using PayFlow.Kernel;

namespace PayFlow.Ledger.Transfers;

/// <summary>What a batch wants to apply, where that depends on what the books know.</summary>
/// <param name="Transfers">Transfers that must be looked at to decide.</param>
/// <param name="Payments">Payments whose transfers must be looked at to decide.</param>
/// <param name="Decide">What to apply, given the transfers of the books. Pure: it is asked before the accounts are locked, and again after.</param>
internal sealed record TransferPlan(IReadOnlyCollection<Id> Transfers, IReadOnlyCollection<Id> Payments, Func<Books, IReadOnlyList<NewTransfer>> Decide)
{
    /// <summary>Transfers that are what they are. Only the accounts of what they end must be looked up.</summary>
    public static TransferPlan Of(IReadOnlyList<NewTransfer> transfers) =>
        new([.. transfers.Where(transfer => transfer.PendingId is not null).Select(transfer => transfer.PendingId!.Value)], [], _ => transfers);

    public bool MustLook => Transfers.Count > 0 || Payments.Count > 0;
}
