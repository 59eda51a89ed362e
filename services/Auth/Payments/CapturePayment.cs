using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/capture</c>.</summary>
/// <param name="Amount">Left out: everything that is left.</param>
/// <param name="Final">The rest of the hold is released; true unless told otherwise when no amount is given, else false.</param>
public sealed record CapturePaymentRequest(Money? Amount, bool? Final);

/// <summary><c>POST /v1/payments/{id}/capture</c>: takes what is held, at once or in parts.</summary>
public sealed class CapturePayment(ActionRequests requests)
{
    public Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct) =>
        requests.HandleAsync(PaymentAction.Capture, caller, id, request, Read, Decide, ct);

    /// <summary>The reservation that a capture begins with, or why there is none.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, CapturePaymentRequest asked, KeyRow row, DateTimeOffset now)
    {
        if (PaymentConstraints.OtherCurrency(payment, asked.Amount) is { } other)
        {
            return other;
        }

        var left = payment.Amount with { MinorUnits = payment.Amounts.Uncaptured };
        var amount = asked.Amount ?? left;
        return amount > left
            ? PaymentConstraints.TooLarge($"Cannot capture {amount}: {left} is left to capture.")
            : PaymentChange.Of(payment, now)
                .ReserveCapture(row.Resource, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), amount.MinorUnits, asked.Final ?? asked.Amount is null, row.Name.Key, now)
                .Under(row);
    }

    private static CapturePaymentRequest Read(BodyReader body) => new(body.OptionalMoney("amount"), body.OptionalBoolean("final"));
}
