using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Contracts.Reconciler.V1;

namespace PayFlow.Demo.Books;

/// <summary>The five books by payment, and what must be the same in them.</summary>
internal sealed class PaymentBooks(BooksModel books)
{
    private readonly ILookup<string, AcquirerAuthorization> _authorizations = books.Authorizations.ToLookup(authorization => authorization.Reference);
    private readonly ILookup<string, Transfer> _transfers = books.Transfers.ToLookup(transfer => transfer.PaymentId);
    private readonly ILookup<string, Item> _items = books.Items.ToLookup(item => item.PaymentId);
    private readonly ILookup<string, Record> _records = books.Records.ToLookup(record => record.ItemId);
    private readonly ILookup<string, ReconciliationException> _exceptions = books.Exceptions.ToLookup(exception => exception.ItemId);

    public IEnumerable<string> Compare(Payment payment)
    {
        if (payment.Status is "submitted" or "processing")
        {
            return [$"is still {payment.Status}."];
        }

        var captures = payment.Operations.Where(operation => operation is { Kind: "capture", State: "succeeded" }).ToList();
        return
        [
            .. Unfinished(payment),
            .. Acquirer(payment, captures),
            .. Ledger(payment, captures),
            .. captures.SelectMany(capture => Settlement(payment, capture)),
            .. _items[payment.PaymentId].Where(item => captures.All(capture => capture.OperationId != item.CaptureOperationId))
                .Select(item => $"batch has item {item.ItemId} of capture {item.CaptureOperationId}, which the payment doesn't have."),
        ];
    }

    private static IEnumerable<string> Unfinished(Payment payment) =>
    [
        .. payment.Operations.Where(operation => operation.State == "pending").Select(operation => $"{operation.Kind} {operation.OperationId} is still pending."),
        .. payment.Attempts.Where(attempt => attempt.State is "started" or "unknown").Select(attempt => $"attempt {attempt.Reference} at {attempt.Acquirer} is {attempt.State}."),
        .. payment.Capturing == 0 ? (string[])[] : [$"has {payment.Capturing} reserved for a capture that is not running."],
    ];

    private IEnumerable<string> Acquirer(Payment payment, List<Operation> captures)
    {
        var held = payment.Attempts.SelectMany(attempt => _authorizations[attempt.Reference]).Where(authorization => authorization.State is not "declined" and not "reversed").ToList();
        if (payment.Authorized == 0 || payment.Status is "voided" or "expired")
        {
            return held.Select(authorization => $"{authorization.Acquirer} holds {authorization.Amount}; here nothing is held ({payment.Status}).");
        }

        if (held is not [var only])
        {
            return [$"the acquirers hold {held.Count} authorizations; here is one."];
        }

        var wrong = new List<string>();
        if (only.Amount != payment.Authorized || only.Currency != payment.Currency || only.Acquirer != payment.Acquirer || only.ExternalId != payment.ExternalId)
        {
            wrong.Add($"{only.Acquirer} has {only.ExternalId} with {only.Amount} {only.Currency}; here {payment.Acquirer} {payment.ExternalId} with {payment.Authorized} {payment.Currency}.");
        }

        var there = only.Captures.Select(capture => (capture.Reference, capture.ExternalId, capture.Amount)).Order();
        var here = captures.Select(capture => (Reference: capture.OperationId, capture.ExternalId, capture.Amount)).Order();
        if (!there.SequenceEqual(here))
        {
            wrong.Add($"{only.Acquirer} has captures of {Sum(only.Captures.Select(capture => capture.Amount))}; here of {Sum(captures.Select(capture => capture.Amount))}.");
        }

        return wrong;
    }

    private IEnumerable<string> Ledger(Payment payment, List<Operation> captures)
    {
        var journal = _transfers[payment.PaymentId].ToList();
        var holds = journal.Where(transfer => transfer is { Type: "auth_hold", Kind: TransferKind.Pending }).ToList();
        var posted = Total(journal, "capture", TransferKind.PostPending);
        var settled = Total(journal, "settle", TransferKind.Posted);
        if (payment.Authorized == 0 ? holds.Count != 0 : holds.Count == 0 || holds[0].Amount != payment.Authorized)
        {
            yield return $"the ledger holds {Sum(holds.Select(hold => hold.Amount))}; authorized is {payment.Authorized}.";
        }

        if (posted != payment.Captured || posted != captures.Sum(capture => capture.Amount))
        {
            yield return $"the ledger posted {posted}; captured is {payment.Captured} in {captures.Count} captures.";
        }

        if (settled != payment.Settled)
        {
            yield return $"the ledger settled {settled}; the payment {payment.Settled}.";
        }

        var open = holds.Count(hold => hold.PendingState == "pending");
        if (payment.Status is not "authorized" and not "partially_captured" && open != 0)
        {
            yield return $"the ledger still holds {open} pending transfers; the payment is {payment.Status}.";
        }
    }

    private IEnumerable<string> Settlement(Payment payment, Operation capture)
    {
        var own = _items[payment.PaymentId].Where(item => item.CaptureOperationId == capture.OperationId).ToList();
        if (own is not [var item] || item.Amount != capture.Amount || item.ExternalId != capture.ExternalId || item.Acquirer != payment.Acquirer)
        {
            yield return $"capture {capture.OperationId} of {capture.Amount} has {own.Count} batch items of {Sum(own.Select(item => item.Amount))}.";
            yield break;
        }

        var record = _records[item.ItemId].SingleOrDefault();
        var reported = books.Authorizations.SelectMany(authorization => authorization.Captures).SingleOrDefault(there => there.Reference == capture.OperationId)?.Settled ?? 0;
        var settled = record?.Settled ?? 0;
        if (item.State is "open" or "sealed")
        {
            yield break;   // not reported yet: nothing to compare
        }

        // What was reported twice is an exception, not money: only the first counts here.
        if (record is null || settled != Math.Min(reported, capture.Amount))
        {
            yield return $"{payment.Acquirer} settled {reported} for capture {capture.OperationId}; the reconciler has {settled}.";
        }

        if ((settled != capture.Amount || reported > capture.Amount) && !_exceptions[item.ItemId].Any())
        {
            yield return $"capture {capture.OperationId} of {capture.Amount} was settled with {reported} and there is no exception.";
        }
    }

    private static long Total(IEnumerable<Transfer> journal, string type, TransferKind kind) =>
        journal.Where(transfer => transfer.Type == type && transfer.Kind == kind).Sum(transfer => transfer.Amount);

    private static string Sum(IEnumerable<long> amounts) => string.Join(" + ", amounts) is { Length: > 0 } sum ? sum : "nothing";
}
