namespace PayFlow.Auth.Payments;

public enum AuthenticationState
{
    /// <summary>Risk or the issuer wants it; the issuer's access control server was not asked yet, or didn't answer.</summary>
    Required,

    /// <summary>The payer is asked, on the issuer's page.</summary>
    Challenged,

    /// <summary>The payer came back: the issuer's word is to be fetched.</summary>
    Returned,

    /// <summary>The issuer vouches for the payer.</summary>
    Succeeded,
}

/// <summary>The 3-D Secure authentication of a payment. One that fails, or that nobody completes in time, is the end of its payment.</summary>
public sealed record Authentication
{
    /// <summary>What we call it at the access control server: the same question again is the same authentication.</summary>
    public required string Reference { get; init; }

    public required AuthenticationState State { get; init; }

    /// <summary>Where the payer goes to be asked; null when the issuer was content without.</summary>
    public string? ChallengeUrl { get; init; }

    /// <summary>The issuer's proof, which goes to the acquirer with the authorization (CAVV of EMV 3-D Secure).</summary>
    public string? Value { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when the payer may answer, UTC.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>It is the payer's turn.</summary>
    public bool IsPayersTurn => State is AuthenticationState.Challenged or AuthenticationState.Returned;
}
