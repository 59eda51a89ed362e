using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Captures;

public static class CaptureRules
{
    /// <summary>Why an acquirer doesn't take a capture, or null when it does.</summary>
    /// <param name="authorization">What goes by the id that the capture names; null when this acquirer has no such authorization.</param>
    public static CaptureRefusal? Refuse(Authorization? authorization, Capture asked) => authorization switch
    {
        null => CaptureRefusal.UnknownAuthorization,
        _ when asked.AuthorizationReference is { } named && named != authorization.Reference => CaptureRefusal.UnknownAuthorization,
        { Decline: not null } => CaptureRefusal.AuthorizationDeclined,
        { ReversedAt: not null } => CaptureRefusal.AuthorizationReversed,
        { Closed: true } => CaptureRefusal.AuthorizationClosed,
        _ when asked.Amount > authorization.Amount - authorization.Captured => CaptureRefusal.ExceedsAuthorized,
        _ => null,
    };
}
