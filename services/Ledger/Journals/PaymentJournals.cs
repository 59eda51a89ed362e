using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// What the facts of <c>payments.events</c> post. Every transfer id is derived from the operation that the event tells of, so an event that comes twice
/// makes the same transfers twice, and the second time they exist.
/// </summary>
internal static class PaymentJournals
{
    /// <summary>Whether the books change by it.</summary>
    /// <exception cref="FormatException">It tells something that this ledger doesn't know: passing it over could lose money.</exception>
    public static bool MovesMoney(PaymentEvent happened) => happened.DetailCase switch
    {
        PaymentEvent.DetailOneofCase.Authorized or PaymentEvent.DetailOneofCase.Captured or PaymentEvent.DetailOneofCase.Voided or PaymentEvent.DetailOneofCase.Expired => true,
        PaymentEvent.DetailOneofCase.RefundRequested or PaymentEvent.DetailOneofCase.Refunded or PaymentEvent.DetailOneofCase.RefundFailed => true,
        PaymentEvent.DetailOneofCase.Submitted or PaymentEvent.DetailOneofCase.Declined or PaymentEvent.DetailOneofCase.Failed => false,
        PaymentEvent.DetailOneofCase.RequiresAction => false,   // nothing is held before the payer has answered
        // Posted from reconciliation.events, which Auth tells of after us.
        PaymentEvent.DetailOneofCase.Settled or PaymentEvent.DetailOneofCase.Returned or PaymentEvent.DetailOneofCase.Disputed or PaymentEvent.DetailOneofCase.DisputeDecided => false,
        _ => throw new FormatException($"This ledger knows no payment event {(int)happened.DetailCase}."),
    };

    /// <summary>The lines of one event, in order.</summary>
    /// <param name="book">Knows what the payment has pending, and is told what this event does to it.</param>
    /// <exception cref="FormatException">An id, the mode or the currency can't be read.</exception>
    public static IReadOnlyList<NewTransfer> Of(PaymentEvent happened, PaymentBook book)
    {
        var facts = PaymentFacts.Of(happened);
        return happened.DetailCase switch
        {
            PaymentEvent.DetailOneofCase.Authorized => Authorized(happened.Authorized, facts, book),
            PaymentEvent.DetailOneofCase.Captured => Captured(happened.Captured, facts, book),
            PaymentEvent.DetailOneofCase.Voided => Released(happened.Voided.OperationId, facts, book),
            PaymentEvent.DetailOneofCase.Expired => Released(happened.Expired.OperationId, facts, book),
            PaymentEvent.DetailOneofCase.RefundRequested => RefundJournals.Requested(happened.RefundRequested, facts, book),
            PaymentEvent.DetailOneofCase.Refunded => RefundJournals.Refunded(happened.Refunded, facts, book),
            PaymentEvent.DetailOneofCase.RefundFailed => RefundJournals.Failed(happened.RefundFailed, facts, book),
            _ => [],
        };
    }

    private static IReadOnlyList<NewTransfer> Authorized(PaymentAuthorized authorized, PaymentFacts facts, PaymentBook book)
    {
        var hold = facts.Hold(Operation(authorized.OperationId), authorized.Amount, authorized.Acquirer, authorized.ExternalId);
        book.Open(facts.Payment, new Hold(hold.Id, hold.Amount));
        return [hold];
    }

    /// <summary>
    /// Posts what was captured from the open hold, which releases the rest, and holds again what may still be captured. What no hold covers was captured
    /// all the same, and is posted at once.
    /// </summary>
    private static IReadOnlyList<NewTransfer> Captured(PaymentCaptured captured, PaymentFacts facts, PaymentBook book)
    {
        var operation = Operation(captured.OperationId);
        var id = operation.Derive(IdPrefix.Transfer, TransferType.Capture);
        var capture = facts.Transfer(id, TransferKind.Posted, TransferType.Capture, captured.ExternalCaptureId) with
        {
            Debit = facts.Receivable(captured.Acquirer),
            Credit = facts.MerchantPending,
            Amount = captured.Amount,
        };

        var lines = new List<NewTransfer>();
        var uncovered = captured.Amount;
        if (book.Take(facts.Payment, id) is { } hold)
        {
            var covered = Math.Min(captured.Amount, hold.Amount);
            lines.Add(capture with { Kind = TransferKind.PostPending, PendingId = hold.Id, Debit = default, Credit = default, Amount = covered });
            uncovered -= covered;
            capture = capture with { Id = operation.Derive(IdPrefix.Transfer, $"{TransferType.Capture}:uncovered"), Amount = uncovered };
        }

        if (uncovered != 0 || lines.Count == 0)
        {
            lines.Add(capture);
        }

        if (!captured.IsFinal && captured.Remaining > 0)
        {
            var rest = facts.Hold(operation, captured.Remaining, captured.Acquirer, captured.ExternalId);
            book.Open(facts.Payment, new Hold(rest.Id, rest.Amount));
            lines.Add(rest);
        }

        return Journal.Of(lines);
    }

    private static IReadOnlyList<NewTransfer> Released(string operationId, PaymentFacts facts, PaymentBook book)
    {
        var id = Operation(operationId).Derive(IdPrefix.Transfer, TransferType.Release);
        return book.Take(facts.Payment, id) is { } hold
            ? [facts.Transfer(id, TransferKind.VoidPending, TransferType.Release, reference: "") with { PendingId = hold.Id }]
            : [];
    }

    private static Id Operation(string id) => Id.Parse(IdPrefix.Operation, id);
}
