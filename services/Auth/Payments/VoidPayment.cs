using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Payments;

/// <summary>The body of <c>POST /v1/payments/{id}/void</c>: nothing but, perhaps, the idempotency key.</summary>
public sealed record VoidPaymentRequest;

/// <summary><c>POST /v1/payments/{id}/void</c>: releases an authorization of which nothing was captured.</summary>
public sealed class VoidPayment(KnownRequests requests, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(request, body => IdempotencyKey.Read(request, body), ct);
        if (!read.TryGet(out var key, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.Payment, id, out var payment) || payment.Slot != caller.Slot)
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        var row = KeyRow.ForOperation(KeyKind.Void, new KeyName(caller.MerchantId, caller.Mode, key), payment, new VoidPaymentRequest(), time.GetUtcNow());
        return await requests.CarryOutAsync(row, (found, now) => Decide(found, row, now), ct);
    }

    /// <summary>The reservation that a void begins with, or why there is none.</summary>
    internal static Result<PaymentChange> Decide(Payment payment, KeyRow row, DateTimeOffset now)
    {
        if (!payment.IsOf(row.Name))
        {
            return Refusal.NotFound("payment", payment.Id.ToString());
        }

        var answer = PaymentActions.Check(PaymentAction.Void, payment, now);
        return answer.Allowed
            ? PaymentChange.Of(payment, now).ReserveVoid(row.Resource, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), row.Name.Key, now).Under(row)
            : PaymentConstraints.Illegal(answer.Reason!);
    }
}
