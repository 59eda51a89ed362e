using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/confirm</c>: nothing but, perhaps, the idempotency key.</summary>
public sealed record ConfirmPaymentRequest;

/// <summary><c>POST /v1/payments/{id}/confirm</c>: submits a draft, which then goes on as if it were created now.</summary>
public sealed class ConfirmPayment(ActionRequests requests)
{
    public Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct) =>
        requests.HandleAsync(PaymentAction.Confirm, caller, id, request, _ => new ConfirmPaymentRequest(), Decide, ct);

    /// <summary>The submission of a draft.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, ConfirmPaymentRequest asked, KeyRow row, DateTimeOffset now) =>
        PaymentChange.Of(payment, now).Confirm(row.Resource, row.Name.Key, now).Under(row);
}
