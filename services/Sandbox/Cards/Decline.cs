namespace PayFlow.Sandbox.Cards;

/// <summary>Whether asking again later can help.</summary>
public enum DeclineKind
{
    /// <summary>The same card will be declined again.</summary>
    Hard,

    /// <summary>The issuer may answer otherwise later, or when the payer is authenticated.</summary>
    Soft,
}

/// <summary>An issuer's refusal of an authorization.</summary>
/// <param name="Code">As the acquirers spell it.</param>
public sealed record Decline(string Code, DeclineKind Kind)
{
    public static Decline CardDeclined { get; } = new("card_declined", DeclineKind.Hard);

    public static Decline InsufficientFunds { get; } = new("insufficient_funds", DeclineKind.Soft);

    public static Decline LostCard { get; } = new("lost_card", DeclineKind.Hard);

    public static Decline StolenCard { get; } = new("stolen_card", DeclineKind.Hard);

    public static Decline ExpiredCard { get; } = new("expired_card", DeclineKind.Hard);

    public static Decline IncorrectCvc { get; } = new("incorrect_cvc", DeclineKind.Hard);

    public static Decline IncorrectNumber { get; } = new("incorrect_number", DeclineKind.Hard);

    public static Decline ProcessingError { get; } = new("processing_error", DeclineKind.Soft);

    public static Decline IssuerUnavailable { get; } = new("issuer_unavailable", DeclineKind.Soft);

    public static Decline AuthenticationRequired { get; } = new("authentication_required", DeclineKind.Soft);

    public static Decline BankAccountUnusable { get; } = new("bank_account_unusable", DeclineKind.Hard);

    /// <summary>The reference was reversed: whatever arrives under it later holds no money.</summary>
    public static Decline Reversed { get; } = new("reversed", DeclineKind.Hard);
}
