using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>What has become of an authorization: a function of what the books have.</summary>
public enum AuthorizationState
{
    Approved,
    Declined,
    Reversed,
    PartiallyCaptured,
    Captured,
}

/// <summary>An authorization in an acquirer's books.</summary>
/// <param name="Reference">What the caller calls it; unique per acquirer.</param>
/// <param name="Merchant">Null in a tombstone, like currency and card.</param>
/// <param name="Amount">Minor units; 0 in a tombstone.</param>
/// <param name="Card">Masked.</param>
/// <param name="Decline">Null when the issuer approved.</param>
/// <param name="Captured">Minor units.</param>
/// <param name="Closed">Its final capture was taken; the rest is released.</param>
/// <param name="ReversedAt">UTC.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record Authorization(
    string Acquirer,
    string Reference,
    string ExternalId,
    string? Merchant,
    long Amount,
    string? Currency,
    string? Card,
    Decline? Decline,
    long Captured,
    bool Closed,
    DateTimeOffset? ReversedAt,
    DateTimeOffset CreatedAt)
{
    /// <summary>Left by a reversal that came before its authorization.</summary>
    public bool IsTombstone => Currency is null;

    public AuthorizationState State => this switch
    {
        { ReversedAt: not null } => AuthorizationState.Reversed,
        { Decline: not null } => AuthorizationState.Declined,
        { Captured: 0 } => AuthorizationState.Approved,
        { Closed: true } => AuthorizationState.Captured,
        _ => Captured == Amount ? AuthorizationState.Captured : AuthorizationState.PartiallyCaptured,
    };

    /// <summary>Why no money is held; null while it is, or was captured.</summary>
    public Decline? Refused => ReversedAt is null ? Decline : Decline.Reversed;

    /// <summary>Whether another request under the same reference asks for the same thing. A tombstone never knew what was asked for.</summary>
    public bool IsSameRequest(Authorization asked) =>
        IsTombstone || (Merchant, Amount, Currency, Card) == (asked.Merchant, asked.Amount, asked.Currency, asked.Card);
}
