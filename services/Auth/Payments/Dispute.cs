using System.Text.Json.Serialization;

namespace PayFlow.Auth.Payments;

public enum DisputeState
{
    /// <summary>The network has not decided yet.</summary>
    Open,

    /// <summary>The merchant was right, and has the money again.</summary>
    Won,

    /// <summary>The cardholder keeps it.</summary>
    Lost,
}

/// <summary>A capture that its cardholder disputes. Nobody here decides it: it is told by the acquirer. Amounts are minor units of the payment's currency; times UTC.</summary>
/// <param name="CaptureId">The capture that it is about.</param>
/// <param name="ExternalId">The acquirer's id of it.</param>
/// <param name="Reason">As the acquirer spells it: fraudulent, product_not_received, …</param>
/// <param name="RespondBy">Until when evidence is heard.</param>
/// <param name="Fee">What the merchant pays us when it is lost.</param>
public sealed record Dispute(
    Id Id, Id CaptureId, string ExternalId, long Amount, string Reason, DateTimeOffset RespondBy, DateTimeOffset OpenedAt,
    DisputeState State = DisputeState.Open, long Fee = 0, DateTimeOffset? ClosedAt = null)
{
    /// <summary>What it keeps from being refunded.</summary>
    [JsonIgnore]
    public long Withheld => State == DisputeState.Won ? 0 : Amount;
}
