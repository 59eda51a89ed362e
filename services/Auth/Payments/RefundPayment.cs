using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/refund</c>.</summary>
/// <param name="Amount">Left out: the named capture, or everything that is left to refund.</param>
/// <param name="Capture">The capture to take back; left out: whichever has the amount, else none in particular.</param>
public sealed record RefundPaymentRequest(Money? Amount, Id? Capture);

/// <summary>
/// <c>POST /v1/payments/{id}/refund</c>: gives captured money back, in full or in parts. A whole capture that is not on its way to settlement is voided,
/// which costs no fee; anything else is a refund in the next batch.
/// </summary>
public sealed class RefundPayment(ActionRequests requests)
{
    public Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct) =>
        requests.HandleAsync(PaymentAction.Refund, caller, id, request, Read, Decide, ct);

    /// <summary>The reservation that a refund begins with, or why there is none.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, RefundPaymentRequest asked, KeyRow row, DateTimeOffset now)
    {
        if (PaymentConstraints.OtherCurrency(payment, asked.Amount) is { } other)
        {
            return other;
        }

        var capture = payment.Operations.FirstOrDefault(operation => operation.Id == asked.Capture);
        if (asked.Capture is { } named && capture is not { Kind: OperationKind.Capture, State: OperationState.Succeeded })
        {
            return Refusal.Invalid([new FieldError("capture", "unknown_capture", $"{named} is no capture of this payment that succeeded.")]);
        }

        var left = payment.Amount with { MinorUnits = Math.Min(payment.Amounts.Unrefunded, capture is null ? long.MaxValue : capture.Amount - Disputing.Withheld(payment, capture)) };
        if (left.MinorUnits <= 0)
        {
            return PaymentConstraints.Illegal("Cannot refund: the cardholder disputes this capture or got it back by a chargeback.");
        }

        var amount = asked.Amount ?? left;
        return amount > left
            ? PaymentConstraints.TooLarge($"Cannot refund {amount}: {left} is left to refund{(payment.Amounts is { Disputed: 0, ChargedBack: 0 } ? "" : ", the rest is disputed or charged back")}.")
            : PaymentChange.Of(payment, now)
                .ReserveRefund(
                    row.Resource,
                    Id.New(IdPrefix.Attempt, payment.Id.Slot, now),
                    amount.MinorUnits,
                    Refunding.WholeCapture(payment, amount.MinorUnits, asked.Capture),
                    row.Name.Key,
                    now)
                .Under(row);
    }

    private static RefundPaymentRequest Read(BodyReader body) => new(body.OptionalMoney("amount"), body.OptionalId("capture", IdPrefix.Operation));
}
