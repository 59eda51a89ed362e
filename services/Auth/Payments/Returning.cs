using System.Text.Json.Nodes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>What becomes of a bank debit that the payer's bank takes back. Pure.</summary>
public static class Returning
{
    /// <summary>The payer's bank took a debit back, as a fact that nobody is asked about; a refund on its way goes on, and is its acquirer's to refuse.</summary>
    /// <param name="capture">A capture of this payment that succeeded.</param>
    /// <param name="returned">The return: its id, its reason and what the acquirer calls it.</param>
    public static PaymentChange Returned(this PaymentChange change, Operation capture, BankReturn returned, DateTimeOffset now)
    {
        var operation = change.After.NewOperation(OperationKind.Return, returned.OperationId, returned.Amount, Operation.AskedByNobody, now).Finish(OperationState.Succeeded, now) with
        {
            CaptureId = capture.Id,
            ExternalId = returned.ExternalId,
            DeclineCode = returned.Reason,
        };
        change.Step(
            "payment.returned",
            payment => (payment with { Amounts = payment.Amounts with { Returned = payment.Amounts.Returned + returned.Amount } }).With(operation),
            new JsonObject
            {
                ["operation_id"] = operation.Id.ToString(),
                ["capture"] = capture.Id.ToString(),
                ["amount"] = returned.Amount,
                ["reason"] = returned.Reason,
                ["external_id"] = returned.ExternalId,
            });
        return change.Publish("payment.returned", message => message.Returned = new PaymentReturned
        {
            OperationId = operation.Id.ToString(),
            CaptureOperationId = capture.Id.ToString(),
            Amount = returned.Amount,
            Reason = returned.Reason,
            Acquirer = change.After.Acquirer,
            ExternalId = returned.ExternalId,
        });
    }
}

/// <summary>A return as it is told.</summary>
/// <param name="Amount">Minor units.</param>
/// <param name="Reason">NACHA's R-code.</param>
/// <param name="ExternalId">What the acquirer calls it.</param>
public sealed record BankReturn(Id OperationId, long Amount, string Reason, string ExternalId);
