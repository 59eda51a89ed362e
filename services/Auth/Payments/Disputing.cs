using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>What disputes make of a payment. They are facts, and whatever the payment is, they are taken; a refund that is on its way goes on. Pure.</summary>
public static class Disputing
{
    /// <summary>A cardholder disputes a capture.</summary>
    public static PaymentChange Disputed(this PaymentChange change, Dispute dispute) => change
        .Step(
            "chargeback.created",
            payment => payment with
            {
                Amounts = payment.Amounts with { Disputed = payment.Amounts.Disputed + dispute.Amount },
                Disputes = payment.Disputes.Add(dispute),
            },
            Naming(dispute))
        .Publish("chargeback.created", message => message.Disputed = new PaymentDisputed
        {
            DisputeId = dispute.Id.ToString(),
            CaptureOperationId = dispute.CaptureId.ToString(),
            Amount = dispute.Amount,
            Reason = dispute.Reason,
            RespondBy = dispute.RespondBy.ToTimestamp(),
            Acquirer = change.After.Acquirer ?? "",
            ExternalId = dispute.ExternalId,
        });

    /// <summary>The network decided.</summary>
    /// <param name="dispute">One of this payment's that is open.</param>
    /// <param name="fee">What the merchant pays us when it is lost, minor units.</param>
    public static PaymentChange DisputeDecided(this PaymentChange change, Dispute dispute, bool isWon, long fee, DateTimeOffset closedAt)
    {
        var closed = dispute with { State = isWon ? DisputeState.Won : DisputeState.Lost, Fee = fee, ClosedAt = closedAt };
        return change
            .Step(
                "chargeback.closed",
                payment => payment with
                {
                    Amounts = payment.Amounts with
                    {
                        Disputed = payment.Amounts.Disputed - dispute.Amount,
                        ChargedBack = payment.Amounts.ChargedBack + closed.Withheld,
                    },
                    Disputes = payment.Disputes.Replace(dispute, closed),
                },
                Authorizing.With(Naming(closed), "outcome", Names.Of(closed.State)))
            .Publish("chargeback.closed", message => message.DisputeDecided = new DisputeDecided
            {
                DisputeId = closed.Id.ToString(),
                CaptureOperationId = closed.CaptureId.ToString(),
                Amount = closed.Amount,
                Outcome = isWon ? DisputeOutcome.Won : DisputeOutcome.Lost,
                Fee = fee,
            });
    }

    /// <summary>What disputes keep of a capture from being refunded.</summary>
    public static long Withheld(Payment payment, Operation capture) => payment.Disputes.Where(dispute => dispute.CaptureId == capture.Id).Sum(dispute => dispute.Withheld);

    private static JsonObject Naming(Dispute dispute) => new()
    {
        ["dispute"] = dispute.Id.ToString(),
        ["capture"] = dispute.CaptureId.ToString(),
        ["amount"] = dispute.Amount,
        ["reason"] = dispute.Reason,
    };
}
