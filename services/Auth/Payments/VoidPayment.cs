using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/void</c>: nothing but, perhaps, the idempotency key.</summary>
public sealed record VoidPaymentRequest;

/// <summary><c>POST /v1/payments/{id}/void</c>: releases an authorization of which nothing was captured.</summary>
public sealed class VoidPayment(ActionRequests requests)
{
    public Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct) =>
        requests.HandleAsync(PaymentAction.Void, caller, id, request, _ => new VoidPaymentRequest(), Decide, ct);

    /// <summary>The reservation that a void begins with.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, VoidPaymentRequest asked, KeyRow row, DateTimeOffset now) =>
        PaymentChange.Of(payment, now).ReserveVoid(row.Resource, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), row.Name.Key, now).Under(row);
}
