using System.Text.Json.Nodes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps of a void: the whole of an uncaptured authorization is released. Pure.</summary>
public static class Voiding
{
    public static PaymentChange ReserveVoid(this PaymentChange change, Id operationId, Id attemptId, string idempotencyKey, DateTimeOffset now)
    {
        var amount = change.After.Amounts.Uncaptured;
        var operation = change.After.NewOperation(OperationKind.Void, operationId, amount, idempotencyKey, now) with { IsFinal = true };
        return change.Step(
            "void.requested",
            payment => (payment with { Amounts = payment.Amounts with { Releasing = amount } })
                .With(operation)
                .With(Capturing.AtTheHolder(payment, operation, attemptId, now)),
            new JsonObject { ["operation_id"] = operationId.ToString(), ["amount"] = amount });
    }

    public static PaymentChange Voided(this PaymentChange change, Operation operation, Attempt attempt, DateTimeOffset now)
    {
        change.Step(
            "payment.voided",
            payment => (payment with { Amounts = payment.Amounts with { Releasing = 0, Released = payment.Amounts.Released + operation.Amount } })
                .With(operation.Finish(OperationState.Succeeded, now))
                .With(attempt.Finish(AttemptState.Approved, now)),
            new JsonObject { ["operation_id"] = operation.Id.ToString(), ["amount"] = operation.Amount });
        return change.Publish("payment.voided", message => message.Voided = new PaymentVoided
        {
            OperationId = operation.Id.ToString(),
            AuthorizeOperationId = change.After.Authorization!.Id.ToString(),
            Amount = operation.Amount,
        });
    }

    /// <summary>The acquirer refused it for good: the authorization stands.</summary>
    public static PaymentChange VoidRefused(this PaymentChange change, Operation operation, Attempt attempt, string reason, DateTimeOffset now) => change.Step(
        "void.refused",
        payment => (payment with { Amounts = payment.Amounts with { Releasing = 0 } })
            .With(operation.Finish(OperationState.Failed, now) with { DeclineCode = reason })
            .With(attempt.Finish(AttemptState.Declined, now)),
        new JsonObject { ["operation_id"] = operation.Id.ToString(), ["reason"] = reason });
}
