using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/capture</c>.</summary>
/// <param name="Amount">Left out: everything that is left.</param>
/// <param name="Final">The rest of the hold is released; true unless told otherwise when no amount is given, else false.</param>
public sealed record CapturePaymentRequest(Money? Amount, bool? Final);

/// <summary><c>POST /v1/payments/{id}/capture</c>: takes what is held, at once or in parts.</summary>
public sealed class CapturePayment(KnownRequests requests, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(
            request,
            body => (Key: IdempotencyKey.Read(request, body), Asked: new CapturePaymentRequest(body.OptionalMoney("amount"), body.OptionalBoolean("final"))),
            ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.Payment, id, out var payment) || payment.Slot != caller.Slot)
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        var row = KeyRow.ForOperation(KeyKind.Capture, new KeyName(caller.MerchantId, caller.Mode, body.Key), payment, body.Asked, time.GetUtcNow());
        return await requests.CarryOutAsync(row, (found, now) => Decide(found, body.Asked, row, now), ct);
    }

    /// <summary>The reservation that a capture begins with, or why there is none.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, CapturePaymentRequest asked, KeyRow row, DateTimeOffset now)
    {
        if (!payment.IsOf(row.Name))
        {
            return Refusal.NotFound("payment", payment.Id.ToString());
        }

        var answer = PaymentActions.Check(PaymentAction.Capture, payment, now);
        if (!answer.Allowed)
        {
            return PaymentConstraints.Illegal(answer.Reason!);
        }

        if (asked.Amount is { } other && other.Currency != payment.Amount.Currency)
        {
            return Refusal.Invalid([new FieldError("amount.currency", "currency_mismatch", $"amount.currency must be {payment.Amount.Currency}, as the payment is.")]);
        }

        var left = payment.Amount with { MinorUnits = payment.Amounts.Uncaptured };
        var amount = asked.Amount ?? left;
        return amount > left
            ? new Refusal(RefusalKind.Conflict, "amount_too_large", $"Cannot capture {amount}: {left} is left to capture.") { Param = "amount.amount" }
            : Reserve(payment, amount.MinorUnits, asked.Final ?? asked.Amount is null, row, now);
    }

    internal static PaymentChange Reserve(Payment payment, long amount, bool isFinal, KeyRow row, DateTimeOffset now) => PaymentChange.Of(payment, now)
        .ReserveCapture(row.Resource, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), amount, isFinal, row.Name.Key, now)
        .Under(row);
}
