using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Refunds;

public static class RefundRules
{
    /// <summary>Why an acquirer doesn't take a refund, or null when it does.</summary>
    /// <param name="authorization">What the refund names; null when this acquirer has no such authorization.</param>
    /// <param name="amount">Minor units.</param>
    public static RefundRefusal? Refuse(Authorization? authorization, long amount) => authorization switch
    {
        null => RefundRefusal.UnknownAuthorization,
        { Taken: 0 } => RefundRefusal.NotCaptured,
        _ when amount > authorization.Taken - authorization.Refunded => RefundRefusal.ExceedsCaptured,
        _ => null,
    };
}
