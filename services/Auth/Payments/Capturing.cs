using System.Text.Json.Nodes;
using PayFlow.Auth.Merchants;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>The steps of a capture. Pure.</summary>
public static class Capturing
{
    /// <summary>
    /// Reserves an amount for a capture: the operation and its attempt are committed with it, before the acquirer hears of it. The caller has checked the
    /// table of actions and the amount; the database checks again.
    /// </summary>
    /// <param name="isFinal">
    /// What is left of the hold is released with it. A capture of everything that is left is final by itself, and so is every one of a bank account: it is one entry, which the payer allowed once.
    /// </param>
    public static PaymentChange ReserveCapture(
        this PaymentChange change, Id operationId, Id attemptId, long amount, bool isFinal, string idempotencyKey, DateTimeOffset now)
    {
        var rest = change.After.Amounts.Uncaptured - amount;
        var operation = change.After.NewOperation(OperationKind.Capture, operationId, amount, idempotencyKey, now) with { IsFinal = isFinal || rest == 0 || change.After.Method.Type == PaymentMethodType.BankAccount };
        return change.Step(
            "capture.requested",
            payment => (payment with
            {
                Amounts = payment.Amounts with
                {
                    Capturing = payment.Amounts.Capturing + amount,
                    Releasing = payment.Amounts.Releasing + (operation.IsFinal ? rest : 0),
                },
            }).With(operation).With(AtTheHolder(payment, operation, attemptId, now)),
            new JsonObject { ["operation_id"] = operationId.ToString(), ["amount"] = amount, ["final"] = operation.IsFinal });
    }

    /// <summary>The acquirer took it.</summary>
    /// <param name="dayEnd">When the merchant's settlement day ends now; what settles it goes by this.</param>
    public static PaymentChange Captured(
        this PaymentChange change, Operation operation, Attempt attempt, string externalId, long fee, DayEnd dayEnd, DateTimeOffset now)
    {
        change.Step(
            "payment.captured",
            payment => (payment with { Amounts = Take(payment.Amounts, operation) })
                .With(operation.Finish(OperationState.Succeeded, now) with { ExternalId = externalId, Fee = fee })
                .With(attempt.Finish(AttemptState.Approved, now) with { ExternalId = externalId }),
            new JsonObject
            {
                ["operation_id"] = operation.Id.ToString(),
                ["amount"] = operation.Amount,
                ["final"] = operation.IsFinal,
                ["fee"] = fee,
                ["external_id"] = externalId,
            });
        var payment = change.After;
        return change.Publish("payment.captured", message => message.Captured = new PaymentCaptured
        {
            OperationId = operation.Id.ToString(),
            AuthorizeOperationId = payment.Authorization!.Id.ToString(),
            Amount = operation.Amount,
            Remaining = payment.Amounts.Authorized - payment.Amounts.Captured - payment.Amounts.Released,
            IsFinal = operation.IsFinal,
            Acquirer = payment.Acquirer,
            ExternalId = payment.ExternalId,
            ExternalCaptureId = externalId,
            Fee = fee,
            SettlementZone = dayEnd.Zone,
            SettlementCutoff = dayEnd.CutoffText,
        });
    }

    /// <summary>
    /// The acquirer knows the authorization by another id than it told us: the capture is asked for again by that one. Under a new reference: what was refused under the old one stays refused.
    /// </summary>
    public static PaymentChange Rename(
        this PaymentChange change, Attempt authorization, string externalId, Operation operation, Attempt attempt, Id attemptId, DateTimeOffset now) => change.Step(
        "authorization.renamed",
        payment => (payment with { ExternalId = externalId })
            .With(payment.Authorization! with { ExternalId = externalId })
            .With(authorization with { ExternalId = externalId })
            .With(attempt.Finish(AttemptState.NotProcessed, now))
            .With(AtTheHolder(payment, operation, attemptId, now) with { Reference = attemptId.ToString() }),
        new JsonObject { ["acquirer"] = authorization.Acquirer, ["told"] = change.After.ExternalId, ["external_id"] = externalId });

    /// <summary>The acquirer refused it for good: what was reserved for it is free again.</summary>
    public static PaymentChange CaptureRefused(this PaymentChange change, Operation operation, Attempt attempt, string reason, DateTimeOffset now) => change.Step(
        "capture.refused",
        payment => (payment with
        {
            Amounts = payment.Amounts with
            {
                Capturing = payment.Amounts.Capturing - operation.Amount,
                Releasing = operation.IsFinal ? 0 : payment.Amounts.Releasing,
            },
        })
            .With(operation.Finish(OperationState.Failed, now) with { DeclineCode = reason })
            .With(attempt.Finish(AttemptState.Declined, now)),
        new JsonObject { ["operation_id"] = operation.Id.ToString(), ["amount"] = operation.Amount, ["reason"] = reason });

    // Captures, voids and refunds go to whoever holds the authorization, under the operation's own id.
    internal static Attempt AtTheHolder(Payment payment, Operation operation, Id attemptId, DateTimeOffset now) => new()
    {
        Id = attemptId,
        OperationId = operation.Id,
        Acquirer = payment.Acquirer!,
        Reference = operation.Id.ToString(),
        CreatedAt = now,
    };

    // A final capture leaves nothing: also what an earlier capture had reserved and didn't get.
    private static Amounts Take(Amounts amounts, Operation operation)
    {
        var captured = amounts.Captured + operation.Amount;
        return amounts with
        {
            Capturing = amounts.Capturing - operation.Amount,
            Captured = captured,
            Releasing = operation.IsFinal ? 0 : amounts.Releasing,
            Released = operation.IsFinal ? amounts.Authorized - captured : amounts.Released,
        };
    }
}
