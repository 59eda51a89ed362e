namespace PayFlow.Sandbox.Refunds;

/// <summary>Why a refund is not taken. The numbers are stable; the reasons are looked for in this order.</summary>
public enum RefundRefusal
{
    UnknownAuthorization = 1,
    NotCaptured = 2,
    ExceedsCaptured = 3,
}

/// <summary>A refund in an acquirer's books, taken or refused: asked again, the answer is the same either way.</summary>
/// <param name="Reference">What the caller calls it; unique per acquirer.</param>
/// <param name="AuthorizationId">The acquirer's id of the authorization that the money was captured from.</param>
/// <param name="Amount">Minor units of the authorization's currency.</param>
/// <param name="ExternalId">The acquirer's id of a refund that was taken.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Refund(string Acquirer, string Reference, string AuthorizationId, long Amount, string? ExternalId, RefundRefusal? Refusal, DateTimeOffset CreatedAt)
{
    public bool IsSameRequest(Refund asked) => (AuthorizationId, Amount) == (asked.AuthorizationId, asked.Amount);

    public Refund Decided(RefundRefusal? refusal) => refusal is null ? this : this with { ExternalId = null, Refusal = refusal };
}
