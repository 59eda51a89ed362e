using System.Text.Json.Nodes;
using PayFlow.Auth.Idempotency;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps of a payment that is written down first and submitted later. Pure.</summary>
public static class Drafting
{
    /// <summary>A draft: nobody has been asked anything, and no other service hears of it.</summary>
    public static PaymentChange Draft(KeyRow key, PaymentRequest request, DateTimeOffset now) => PaymentChange
        .New(Authorizing.New(key, request), now)
        .Step("draft.created", draft => draft, Authorizing.Naming(request.Amount));

    /// <summary>Submits a draft: it is judged next, and goes on as any other payment does.</summary>
    /// <param name="operationId">Of the authorize operation.</param>
    public static PaymentChange Confirm(this PaymentChange change, Id operationId, string idempotencyKey, DateTimeOffset now) => change
        .Step(
            "payment.submitted",
            draft => draft.With(Authorizing.Authorize(draft, operationId, idempotencyKey, now)),
            Authorizing.Naming(change.After.Amount))
        .Publish("payment.submitted", message => message.Submitted = new PaymentSubmitted { Amount = change.After.Amount.MinorUnits });
}
