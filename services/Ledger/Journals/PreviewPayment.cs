using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>A line as it would be posted. One that ends a pending transfer has the accounts of that.</summary>
/// <param name="Amount">Minor units.</param>
internal sealed record PreviewedLine(string Type, TransferKind Kind, AccountName Debit, AccountName Credit, long Amount);

/// <summary>What events of a payment would post on what the books know of it now: the rules that post them, asked without posting.</summary>
internal sealed class PreviewPayment(ListTransfers transfers)
{
    public async Task<Result<List<PreviewedLine>>> HandleAsync(IReadOnlyList<PaymentEvent> events, CancellationToken ct)
    {
        if (events.Select(happened => happened.PaymentId).Distinct().ToList() is not [var only] || !Id.TryParse(IdPrefix.Payment, only, out var payment))
        {
            return Refusal.Invalid([new FieldError("events", "malformed", "They must be of one payment.")]);
        }

        var found = await transfers.OfPaymentAsync(payment, ct);
        try
        {
            return Lines(events, Books.Of([], [.. found.Select(listed => listed.Transfer)]));
        }
        catch (FormatException unreadable)
        {
            return Refusal.Invalid([new FieldError("events", "malformed", unreadable.Message)]);
        }
    }

    /// <summary>The lines of these events on these books. Pure.</summary>
    internal static List<PreviewedLine> Lines(IReadOnlyList<PaymentEvent> events, Books books)
    {
        var book = new PaymentBook(books);
        var lines = events.SelectMany(happened => PaymentJournals.Of(happened, book)).ToList();
        var pendings = lines.Where(line => line.Kind == TransferKind.Pending).ToDictionary(line => line.Id, line => (line.Debit, line.Credit, line.Amount));
        return lines.ConvertAll(line =>
        {
            if (line.PendingId is not { } ended)
            {
                return new PreviewedLine(line.Type, line.Kind, line.Debit, line.Credit, line.Amount);
            }

            var pending = books.Transfers.TryGetValue(ended, out var known) ? (known.Debit, known.Credit, known.Amount) : pendings[ended];
            return new PreviewedLine(line.Type, line.Kind, pending.Debit, pending.Credit, line.Kind == TransferKind.PostPending && line.Amount > 0 ? line.Amount : pending.Amount);
        });
    }
}
