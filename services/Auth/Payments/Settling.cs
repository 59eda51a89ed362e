using System.Text.Json.Nodes;
using PayFlow.Contracts.Events.V1;

namespace PayFlow.Auth.Payments;

/// <summary>What settlement makes of a payment. Pure.</summary>
public static class Settling
{
    /// <summary>The acquirer settled a capture, in full or in part.</summary>
    /// <param name="capture">A capture of this payment that succeeded.</param>
    /// <param name="amount">Minor units that are settled now.</param>
    public static PaymentChange Settled(this PaymentChange change, Operation capture, long amount, string itemId)
    {
        change.Step(
            "payment.settled",
            payment => payment with { Amounts = payment.Amounts with { Settled = payment.Amounts.Settled + amount } },
            new JsonObject { ["operation_id"] = capture.Id.ToString(), ["amount"] = amount, ["item_id"] = itemId });
        return change.Publish("payment.settled", message => message.Settled = new PaymentSettled { CaptureOperationId = capture.Id.ToString(), Amount = amount });
    }
}
