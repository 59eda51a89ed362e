using System.Text.Json.Nodes;
using PayFlow.Auth.Merchants;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>
/// The steps of a refund. Money goes back in one of two ways: a capture that is taken back whole and is not on its way to settlement yet is voided (nothing
/// is settled, no fee); everything else is a refund, which the acquirer deducts from what it settles later. Pure.
/// </summary>
public static class Refunding
{
    /// <summary>
    /// The capture that a refund of this amount takes back whole; null when it is a part, when its cardholder disputes it, or when money went back already that no capture is named for.
    /// </summary>
    /// <param name="asked">The capture that the merchant names; null when it names none.</param>
    public static Operation? WholeCapture(Payment payment, long amount, Id? asked)
    {
        var refunds = payment.Operations.Where(operation => operation is { Kind: OperationKind.Refund, State: OperationState.Pending or OperationState.Succeeded }).ToList();
        return refunds.Exists(refund => refund.CaptureId is null)
            ? null
            : payment.Operations.FirstOrDefault(operation =>
                operation is { Kind: OperationKind.Capture, State: OperationState.Succeeded }
                && operation.Amount == amount
                && (asked is null || operation.Id == asked)
                && !refunds.Exists(refund => refund.CaptureId == operation.Id)
                && Disputing.Withheld(payment, operation) == 0);
    }

    /// <summary>Money went back by a refund.</summary>
    public static bool HasGivenBack(Payment payment) =>
        payment.Operations.Any(operation => operation is { Kind: OperationKind.Refund, State: OperationState.Succeeded, VoidsCapture: false });

    /// <summary>
    /// Reserves an amount for a refund. One of a part is on its way with it; for one of a whole capture it is decided next whether the capture can be voided.
    /// </summary>
    /// <param name="wholeCapture">The capture that it takes back whole.</param>
    public static PaymentChange ReserveRefund(
        this PaymentChange change, Id operationId, Id attemptId, long amount, Operation? wholeCapture, string idempotencyKey, DateTimeOffset now)
    {
        var operation = change.After.NewOperation(OperationKind.Refund, operationId, amount, idempotencyKey, now) with { CaptureId = wholeCapture?.Id };
        change.Step(
            "refund.requested",
            payment => (payment with { Amounts = payment.Amounts with { Refunding = payment.Amounts.Refunding + amount } }).With(operation),
            Naming(operation));
        return wholeCapture is null ? change.StartRefund(operation, attemptId, now) : change;
    }

    /// <summary>It goes back by a refund of its own, and is set aside of what the merchant has.</summary>
    public static PaymentChange StartRefund(this PaymentChange change, Operation operation, Id attemptId, DateTimeOffset now) => change
        .Step("payment.refund_requested", payment => payment.With(Capturing.AtTheHolder(payment, operation, attemptId, now)), Naming(operation))
        .Publish("payment.refund_requested", message => message.RefundRequested = new RefundRequested
        {
            OperationId = operation.Id.ToString(),
            Amount = operation.Amount,
            Acquirer = change.After.Acquirer,
        });

    /// <summary>The capture was withdrawn from settlement and is to be voided.</summary>
    public static PaymentChange StartCaptureVoid(this PaymentChange change, Operation operation, Id attemptId, DateTimeOffset now) => change.Step(
        "refund.voids_capture",
        payment => payment.With(operation with { VoidsCapture = true }).With(Capturing.AtTheHolder(payment, operation, attemptId, now)),
        Naming(operation));

    /// <summary>The acquirer gave it back.</summary>
    /// <param name="dayEnd">When the merchant's settlement day ends now; what settles it goes by this.</param>
    public static PaymentChange Refunded(this PaymentChange change, Operation operation, Attempt attempt, string externalId, DayEnd dayEnd, DateTimeOffset now) => change
        .Step(
            "payment.refunded",
            payment => (payment with
            {
                Amounts = payment.Amounts with { Refunding = payment.Amounts.Refunding - operation.Amount, Refunded = payment.Amounts.Refunded + operation.Amount },
            })
                .With(operation.Finish(OperationState.Succeeded, now) with { ExternalId = externalId })
                .With(attempt.Finish(AttemptState.Approved, now) with { ExternalId = externalId }),
            Authorizing.With(Naming(operation), "external_id", externalId))
        .Publish("payment.refunded", message => message.Refunded = new PaymentRefunded
        {
            OperationId = operation.Id.ToString(),
            Amount = operation.Amount,
            Acquirer = attempt.Acquirer,
            ExternalId = change.After.ExternalId,
            ExternalRefundId = externalId,
            VoidedCaptureOperationId = operation.VoidsCapture ? operation.CaptureId.ToString() : "",
            SettlementZone = dayEnd.Zone,
            SettlementCutoff = dayEnd.CutoffText,
        });

    /// <summary>The acquirer refused it for good: what was reserved for it is free again, and a withdrawn capture goes back into settlement.</summary>
    public static PaymentChange RefundRefused(this PaymentChange change, Operation operation, Attempt attempt, string reason, DateTimeOffset now) => change
        .Step(
            "payment.refund_failed",
            payment => (payment with { Amounts = payment.Amounts with { Refunding = payment.Amounts.Refunding - operation.Amount } })
                .With(operation.Finish(OperationState.Failed, now) with { DeclineCode = reason })
                .With(attempt.Finish(AttemptState.Declined, now)),
            Authorizing.With(Naming(operation), "reason", reason))
        .Publish("payment.refund_failed", message => message.RefundFailed = new RefundFailed
        {
            OperationId = operation.Id.ToString(),
            Amount = operation.Amount,
            Reason = reason,
            WithdrawnCaptureOperationId = operation.VoidsCapture ? operation.CaptureId.ToString() : "",
        });

    private static JsonObject Naming(Operation operation)
    {
        var names = new JsonObject { ["operation_id"] = operation.Id.ToString(), ["amount"] = operation.Amount };
        return operation.CaptureId is { } capture ? Authorizing.With(names, "capture", capture.ToString()) : names;
    }
}
