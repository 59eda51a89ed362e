using System.Text.Json.Nodes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps of an expiry: a hold that has lapsed lets go of what was not captured. Pure.</summary>
public static class Expiring
{
    /// <summary>
    /// Reserves what has lapsed. Where nothing was captured, the authorization is reversed at the acquirer, too, so that the cardholder's money is free at once.
    /// Of a captured one the acquirer's rest ends with its own clock: it takes no reversal any more, and there is nothing to ask.
    /// </summary>
    public static PaymentChange ReserveExpiry(this PaymentChange change, Id operationId, Id attemptId, DateTimeOffset now)
    {
        var amount = change.After.Amounts.Uncaptured;
        var operation = change.After.NewOperation(OperationKind.Expire, operationId, amount, Operation.AskedByNobody, now) with { IsFinal = true };
        var isCaptured = change.After.Amounts.Captured > 0;
        change.Step(
            "expiry.due",
            payment =>
            {
                var releasing = (payment with { Amounts = payment.Amounts with { Releasing = amount } }).With(operation);
                return isCaptured ? releasing : releasing.With(Capturing.AtTheHolder(payment, operation, attemptId, now));
            },
            new JsonObject { ["operation_id"] = operationId.ToString(), ["amount"] = amount });
        return isCaptured ? change.Expired(operation, attempt: null, now) : change;
    }

    /// <param name="attempt">The reversal at the acquirer; null when none was needed.</param>
    public static PaymentChange Expired(this PaymentChange change, Operation operation, Attempt? attempt, DateTimeOffset now)
    {
        change.Step(
            "payment.expired",
            payment =>
            {
                var released = (payment with { Amounts = payment.Amounts with { Releasing = 0, Released = payment.Amounts.Released + operation.Amount } })
                    .With(operation.Finish(OperationState.Succeeded, now));
                return attempt is null ? released : released.With(attempt.Finish(AttemptState.Approved, now));
            },
            new JsonObject { ["operation_id"] = operation.Id.ToString(), ["amount"] = operation.Amount });
        return change.Publish("payment.expired", message => message.Expired = new PaymentExpired
        {
            OperationId = operation.Id.ToString(),
            AuthorizeOperationId = change.After.Authorization!.Id.ToString(),
            Amount = operation.Amount,
        });
    }
}
