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

    /// <summary>Everything that was captured was voided, and no more will be.</summary>
    Voided,
}

/// <summary>An authorization in an acquirer's books.</summary>
/// <param name="Reference">What the caller calls it; unique per acquirer.</param>
/// <param name="Merchant">Null in a tombstone, like currency and card.</param>
/// <param name="Amount">Minor units; 0 in a tombstone.</param>
/// <param name="Card">Masked.</param>
/// <param name="Decline">Null when the issuer approved.</param>
/// <param name="Captured">Minor units, with those that were voided.</param>
/// <param name="Closed">Its final capture was taken; the rest is released.</param>
/// <param name="ReversedAt">UTC.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="Voided">What was captured and voided, minor units.</param>
/// <param name="Refunded">Minor units.</param>
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
    DateTimeOffset CreatedAt,
    long Voided = 0,
    long Refunded = 0)
{
    /// <summary>The R-code with which the payer's bank will take the debit back; written, and read only where batches are settled.</summary>
    public string? ReturnsWith { get; init; }

    /// <summary>Left by a reversal that came before its authorization.</summary>
    public bool IsTombstone => Currency is null;

    /// <summary>What was captured and not voided, minor units.</summary>
    public long Taken => Captured - Voided;

    public AuthorizationState State => this switch
    {
        { ReversedAt: not null } => AuthorizationState.Reversed,
        { Decline: not null } => AuthorizationState.Declined,
        { Captured: 0 } => AuthorizationState.Approved,
        _ when Closed || Captured == Amount => Taken == 0 ? AuthorizationState.Voided : AuthorizationState.Captured,
        _ => Taken == 0 ? AuthorizationState.Approved : AuthorizationState.PartiallyCaptured,
    };

    /// <summary>Why no money is held; null while it is, or was captured.</summary>
    public Decline? Refused => ReversedAt is null ? Decline : Decline.Reversed;

    /// <summary>Whether another request under the same reference asks for the same thing. A tombstone never knew what was asked for.</summary>
    public bool IsSameRequest(Authorization asked) =>
        IsTombstone || (Merchant, Amount, Currency, Card) == (asked.Merchant, asked.Amount, asked.Currency, asked.Card);
}
