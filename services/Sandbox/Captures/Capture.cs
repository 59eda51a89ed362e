namespace PayFlow.Sandbox.Captures;

/// <summary>Why a capture is not taken. The numbers are stable; the reasons are looked for in this order.</summary>
public enum CaptureRefusal
{
    /// <summary>No authorization goes by that id, or the one that does goes by another reference than the caller says.</summary>
    UnknownAuthorization = 1,
    AuthorizationDeclined = 2,
    AuthorizationReversed = 3,
    AuthorizationClosed = 4,
    ExceedsAuthorized = 5,
}

/// <summary>A capture in an acquirer's books, taken or refused: asked again, the answer is the same either way.</summary>
/// <param name="Reference">What the caller calls it; unique per acquirer.</param>
/// <param name="AuthorizationId">The acquirer's id of the authorization.</param>
/// <param name="Amount">Minor units of the authorization's currency.</param>
/// <param name="Final">No more captures will follow: the rest of the authorization is released.</param>
/// <param name="ExternalId">The acquirer's id of a capture that was taken.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Capture(
    string Acquirer, string Reference, string AuthorizationId, long Amount, bool Final, string? ExternalId, CaptureRefusal? Refusal, DateTimeOffset CreatedAt)
{
    /// <summary>What the caller calls the authorization, when it says so. Not kept: it is looked at once.</summary>
    public string? AuthorizationReference { get; init; }

    public bool IsSameRequest(Capture asked) => (AuthorizationId, Amount, Final) == (asked.AuthorizationId, asked.Amount, asked.Final);
}
