namespace PayFlow.Sandbox.Disputes;

/// <summary>Why a sale can't be disputed. The numbers are stable; the reasons are looked for in this order.</summary>
public enum DisputeRefusal
{
    UnknownCapture = 1,

    /// <summary>Its cardholder hasn't been charged for good yet.</summary>
    NotSettled = 2,

    /// <summary>More than what is neither disputed nor lost already.</summary>
    ExceedsCapture = 3,
}

/// <summary>What decides whether a capture can be disputed. Amounts are minor units.</summary>
/// <param name="IsSettled">A report says so by now.</param>
/// <param name="Card">Masked.</param>
/// <param name="Debited">What its disputes took, less what they gave back.</param>
public sealed record DisputableCapture(string ExternalId, long Amount, string Currency, string Card, bool IsSettled, long Debited)
{
    public long Disputable => Amount - Debited;
}

public static class DisputeRules
{
    /// <summary>Why a sale can't be disputed, or null when it can.</summary>
    /// <param name="capture">Null when this acquirer has no such capture.</param>
    /// <param name="amount">Minor units; null for all that is left.</param>
    public static DisputeRefusal? Refuse(DisputableCapture? capture, long? amount) => capture switch
    {
        null => DisputeRefusal.UnknownCapture,
        { IsSettled: false } => DisputeRefusal.NotSettled,
        _ when (amount ?? 1) > capture.Disputable => DisputeRefusal.ExceedsCapture,
        _ => null,
    };
}
