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

    // By our operation: what the acquirers' reports have settled of it, above zero.
    private readonly Dictionary<string, long> _reported = books.Authorizations
        .SelectMany(there => there.Captures.Select(capture => (capture.Reference, capture.Settled)).Concat(there.Refunds.Select(refund => (refund.Reference, refund.Settled))))
        .GroupBy(reported => reported.Reference).ToDictionary(reported => reported.Key, reported => reported.Sum(there => there.Settled));

    public IEnumerable<string> Compare(Payment payment)
    {
        if (payment.Status is "submitted" or "processing")
        {
            return [$"is still {payment.Status}."];
        }

        var money = Money.Of(payment);
        return
        [
            .. Unfinished(payment),
            .. Acquirer(payment, money),
            .. Ledger(payment, money),
            .. DisputeBooks.Compare(payment, _transfers[payment.PaymentId], payment.Attempts.SelectMany(attempt => _authorizations[attempt.Reference]).SelectMany(there => there.Captures)),
            .. money.Captures.SelectMany(capture => Settlement(payment, capture, money)),
            .. money.Refunds.SelectMany(refund => Settlement(payment, refund, money)),
            .. _items[payment.PaymentId].Where(item => money.Captures.Concat(money.Refunds).All(operation => operation.OperationId != item.OperationId))
                .Select(item => $"batch has item {item.ItemId} of {item.Kind} {item.OperationId}, which the payment doesn't have."),
        ];
    }

    /// <summary>What a payer's bank took back before it was settled, minor units.</summary>
    public static long ReturnedUnsettled(Payment payment) => payment.Settled == 0 ? payment.Returned : 0;

    /// <summary>What a payment's refunds have voided of its captures, minor units.</summary>
    public static long Voided(Payment payment) => Money.Of(payment).Voids.Sum(refund => refund.Amount);

    private static IEnumerable<string> Unfinished(Payment payment) =>
    [
        // While it is the payer's turn nobody has been asked for money, and nothing is unfinished on our side.
        .. payment.Operations.Where(operation => operation.State == "pending" && payment.Status != "requires_action").Select(operation => $"{operation.Kind} {operation.OperationId} is still pending."),
        .. payment.Attempts.Where(attempt => attempt.State is "started" or "unknown").Select(attempt => $"attempt {attempt.Reference} at {attempt.Acquirer} is {attempt.State}."),
        .. payment.Capturing == 0 ? (string[])[] : [$"has {payment.Capturing} reserved for a capture that is not running."],
        .. payment.Refunding == 0 ? (string[])[] : [$"has {payment.Refunding} reserved for a refund that is not running."],
    ];

    private IEnumerable<string> Acquirer(Payment payment, Money money)
    {
        // What is left of a hold may be reversed when its captures were voided.
        var held = payment.Attempts.SelectMany(attempt => _authorizations[attempt.Reference])
            .Where(authorization => authorization.State is not "declined" && (authorization.State is not "reversed" || authorization.Captures.Count > 0)).ToList();
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
        if (!there.SequenceEqual(Named(money.Captures)))
        {
            wrong.Add($"{only.Acquirer} has captures of {Sum(only.Captures.Select(capture => capture.Amount))}; here of {Sum(money.Captures.Select(capture => capture.Amount))}.");
        }

        var voided = only.Captures.Where(capture => capture.Voided).Select(capture => capture.Reference).Order();
        if (!voided.SequenceEqual(money.Voids.Select(refund => refund.VoidedCaptureOperationId).Order()))
        {
            wrong.Add($"{only.Acquirer} has voided {Listed(voided)}; here {Listed(money.Voids.Select(refund => refund.VoidedCaptureOperationId))}.");
        }

        if (only.Captures.Sum(capture => capture.Returned) is var returned && returned != payment.Returned)
        {
            wrong.Add($"{only.Acquirer} returned {returned}; here {payment.Returned} are returned.");
        }

        if (!only.Refunds.Select(refund => (refund.Reference, refund.ExternalId, refund.Amount)).Order().SequenceEqual(Named(money.Refunds)))
        {
            wrong.Add($"{only.Acquirer} has refunds of {Sum(only.Refunds.Select(refund => refund.Amount))}; here of {Sum(money.Refunds.Select(refund => refund.Amount))}.");
        }

        return wrong;
    }

    private IEnumerable<string> Ledger(Payment payment, Money money)
    {
        var journal = _transfers[payment.PaymentId].ToList();
        var holds = journal.Where(transfer => transfer is { Type: "auth_hold", Kind: TransferKind.Pending }).ToList();
        var posted = Total(journal, "capture", TransferKind.PostPending);
        var settled = Total(journal, "settle", TransferKind.Posted);
        if (payment.Authorized == 0 ? holds.Count != 0 : holds.Count == 0 || holds[0].Amount != payment.Authorized)
        {
            yield return $"the ledger holds {Sum(holds.Select(hold => hold.Amount))}; authorized is {payment.Authorized}.";
        }

        if (posted != payment.Captured || posted != money.Captures.Sum(capture => capture.Amount))
        {
            yield return $"the ledger posted {posted}; captured is {payment.Captured} in {money.Captures.Count} captures.";
        }

        var (voided, refunded) = (money.Voids.Sum(refund => refund.Amount), money.Refunds.Sum(refund => refund.Amount));
        if (Total(journal, "void_capture", TransferKind.Posted) is var undone && undone != voided)
        {
            yield return $"the ledger took back {undone} of captures; voided is {voided}.";
        }

        if (Total(journal, "refund", TransferKind.PostPending) + Total(journal, "refund", TransferKind.Posted) is var given && given != refunded)
        {
            yield return $"the ledger refunded {given}; the payment {refunded}.";
        }

        if (Total(journal, "return", TransferKind.Posted) is var taken && taken != payment.Returned)
        {
            yield return $"the ledger took {taken} for returns; the payment has {payment.Returned} returned.";
        }

        if (payment.Refunded != voided + refunded)
        {
            yield return $"refunded is {payment.Refunded}; its refunds come to {voided + refunded}.";
        }

        foreach (var pending in journal.Where(transfer => transfer is { Type: "refund", Kind: TransferKind.Pending, PendingState: "pending" }))
        {
            yield return $"the ledger still sets {pending.Amount} aside for a refund.";
        }

        if (settled != payment.Settled)
        {
            yield return $"the ledger settled {settled}; the payment {payment.Settled}.";
        }

        var open = holds.Where(hold => hold.PendingState == "pending").ToList();
        var mayCapture = payment.Status is "authorized" or "partially_captured"
            || (payment.Status is "partially_refunded" or "refunded" or "disputed" or "charged_back" && open.Sum(hold => hold.Amount) == payment.Authorized - payment.Captured);
        if (open.Count != 0 && !mayCapture)
        {
            yield return $"the ledger still holds {open.Count} pending transfers; the payment is {payment.Status}.";
        }
    }

    /// <summary>A capture or a refund in the batch items, the acquirer's reports and the reconciler's records. Refunds count below zero in the first and the last.</summary>
    private IEnumerable<string> Settlement(Payment payment, Operation operation, Money money)
    {
        var sign = operation.Kind == "refund" ? -1 : 1;
        var own = _items[payment.PaymentId].Where(item => item.OperationId == operation.OperationId).ToList();
        if (own is not [var item] || item.Kind != operation.Kind || item.Amount != sign * operation.Amount || item.ExternalId != operation.ExternalId || item.Acquirer != payment.Acquirer)
        {
            yield return $"{operation.Kind} {operation.OperationId} of {operation.Amount} has {own.Count} batch items of {Sum(own.Select(item => item.Amount))}.";
            yield break;
        }

        var voided = money.Voids.Exists(refund => refund.VoidedCaptureOperationId == operation.OperationId);
        if (voided != (item.State == "withdrawn"))
        {
            yield return $"capture {operation.OperationId} is {(voided ? "" : "not ")}voided; its batch item is {item.State}.";
        }

        var record = _records[item.ItemId].SingleOrDefault();
        var reported = _reported.GetValueOrDefault(operation.OperationId);
        var settled = sign * (record?.Settled ?? 0);
        if (item.State is "open" or "sealed")
        {
            yield break;   // not reported yet: nothing to compare
        }

        if (item.State == "withdrawn")
        {
            if (record is not null || reported != 0)
                yield return $"capture {operation.OperationId} was withdrawn; {payment.Acquirer} settled {reported}, and the reconciler has {settled}.";
            yield break;
        }

        // What was reported twice is an exception, not money: only the first counts here.
        if (record is null || settled != Math.Min(reported, operation.Amount))
        {
            yield return $"{payment.Acquirer} settled {reported} for {operation.Kind} {operation.OperationId}; the reconciler has {settled}.";
        }

        if ((settled != operation.Amount || reported > operation.Amount) && !_exceptions[item.ItemId].Any() && record?.State != "returned")
        {
            yield return $"{operation.Kind} {operation.OperationId} of {operation.Amount} was settled with {reported} and there is no exception.";
        }
    }

    private static IOrderedEnumerable<(string Reference, string ExternalId, long Amount)> Named(IEnumerable<Operation> operations) =>
        operations.Select(operation => (operation.OperationId, operation.ExternalId, operation.Amount)).Order();

    private static long Total(IEnumerable<Transfer> journal, string type, TransferKind kind) =>
        journal.Where(transfer => transfer.Type == type && transfer.Kind == kind).Sum(transfer => transfer.Amount);

    private static string Sum(IEnumerable<long> amounts) => string.Join(" + ", amounts) is { Length: > 0 } sum ? sum : "nothing";

    private static string Listed(IEnumerable<string> names) => string.Join(", ", names) is { Length: > 0 } list ? list : "nothing";

    /// <summary>What a payment says has moved: its captures; the refunds that voided one; the refunds that gave money back.</summary>
    private sealed record Money(List<Operation> Captures, List<Operation> Voids, List<Operation> Refunds)
    {
        public static Money Of(Payment payment)
        {
            var moved = payment.Operations.Where(operation => operation.State == "succeeded").ToLookup(operation => operation.Kind);
            var refunds = moved["refund"].ToLookup(refund => refund.VoidedCaptureOperationId.Length > 0);
            return new Money([.. moved["capture"]], [.. refunds[true]], [.. refunds[false]]);
        }
    }
}
