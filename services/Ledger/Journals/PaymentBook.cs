using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>A pending transfer that reserves what a card authorized.</summary>
/// <param name="Amount">Minor units.</param>
internal sealed record Hold(Id Id, long Amount);

/// <summary>
/// Which hold each payment has open and what is set aside for refunds, while the journals of a poll are decided one after the other: first as the books say,
/// then as the journals before left it.
/// </summary>
internal sealed class PaymentBook
{
    private readonly Books _books;
    private readonly Dictionary<Id, Hold> _open = [];   // by payment
    private readonly HashSet<Id> _setAside;

    public PaymentBook(Books books)
    {
        _books = books;
        var holds = books.Transfers.Values.Where(transfer => transfer is { Kind: TransferKind.Pending, Type: TransferType.AuthHold, PaymentId: not null });
        foreach (var hold in holds.Where(hold => !books.Ends.ContainsKey(hold.Id)).OrderBy(hold => hold.Id))
        {
            _open[hold.PaymentId!.Value] = new Hold(hold.Id, hold.Amount);
        }

        _setAside = [.. books.Transfers.Values.Where(transfer => transfer is { Kind: TransferKind.Pending, Type: TransferType.Refund }).Select(transfer => transfer.Id)
            .Where(id => !books.Ends.ContainsKey(id))];
    }

    /// <summary>
    /// Takes the hold that a transfer ends. An event that comes again finds the hold that it ended the first time, whatever is open by now, so that it
    /// is recognized as what exists.
    /// </summary>
    public Hold? Take(Id payment, Id end)
    {
        if (!_books.Transfers.TryGetValue(end, out var before))
        {
            return _open.Remove(payment, out var open) ? open : null;
        }

        return before.PendingId is { } held && _books.Transfers.TryGetValue(held, out var hold) ? new Hold(hold.Id, hold.Amount) : null;
    }

    /// <summary>Opens a hold, unless the books know it already and therefore also know what became of it.</summary>
    public void Open(Id payment, Hold hold)
    {
        if (!_books.Transfers.ContainsKey(hold.Id))
        {
            _open[payment] = hold;
        }
    }

    /// <summary>Sets money aside for a refund; false when the books know how the refund ended, and what was set aside for it wouldn't be freed any more.</summary>
    /// <param name="pending">The pending transfer.</param>
    /// <param name="ends">The transfers that may end the refund.</param>
    public bool SetAside(Id pending, params IEnumerable<Id> ends)
    {
        if (_books.Transfers.ContainsKey(pending))
        {
            return true;   // it exists, and is what it is
        }

        return !ends.Any(_books.Transfers.ContainsKey) && _setAside.Add(pending);
    }

    /// <summary>Frees what was set aside for a refund: the pending transfer, or null when there is none, or it was freed in another way.</summary>
    public Id? Free(Id pending, Id end) => _books.Transfers.TryGetValue(end, out var before) ? before.PendingId : _setAside.Remove(pending) ? pending : null;
}
