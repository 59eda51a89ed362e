using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Captures;

public static class CaptureRules
{
    /// <summary>Why an acquirer doesn't take a capture, or null when it does.</summary>
    /// <param name="authorization">What the capture names; null when this acquirer has no such authorization.</param>
    /// <param name="amount">Minor units.</param>
    public static CaptureRefusal? Refuse(Authorization? authorization, long amount) => authorization switch
    {
        null => CaptureRefusal.UnknownAuthorization,
        { Decline: not null } => CaptureRefusal.AuthorizationDeclined,
        { ReversedAt: not null } => CaptureRefusal.AuthorizationReversed,
        { Closed: true } => CaptureRefusal.AuthorizationClosed,
        _ when amount > authorization.Amount - authorization.Captured => CaptureRefusal.ExceedsAuthorized,
        _ => null,
    };
}
