namespace PayFlow.Sandbox.Authentications;

/// <summary>What has become of an authentication.</summary>
public enum AuthenticationState
{
    /// <summary>The payer is asked, on the challenge page.</summary>
    Challenged,

    /// <summary>The issuer vouches for the payer.</summary>
    Authenticated,

    /// <summary>The payer, or the issuer, said no.</summary>
    Rejected,
}

/// <summary>A 3-D Secure authentication as the issuer's access control server (ACS) has it.</summary>
/// <param name="Reference">What the caller calls it.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Card">Masked.</param>
/// <param name="ReturnUrl">Where the payer's browser goes when it is decided.</param>
/// <param name="Value">Proof of the authentication that the acquirer passes on to the issuer (CAVV of EMV 3-D Secure): base64 of 20 bytes; null unless authenticated.</param>
public sealed record Authentication(
    string Reference,
    string Id,
    long Amount,
    string Currency,
    string Card,
    string ReturnUrl,
    AuthenticationState State,
    string? Value,
    DateTimeOffset CreatedAt)
{
    public bool IsSameRequest(Authentication asked) => (Amount, Currency, Card, ReturnUrl) == (asked.Amount, asked.Currency, asked.Card, asked.ReturnUrl);
}
