using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Acquirers;

/// <summary>Whether trying the same card again can help.</summary>
public enum DeclineKind
{
    /// <summary>The same card will be declined again.</summary>
    Hard,

    /// <summary>The issuer or the network was away, or may answer otherwise later.</summary>
    Soft,
}

/// <summary>Why an issuer or a payer's bank declines, in PayFlow's words. Adapters translate into these.</summary>
public static class DeclineCodes
{
    public const string CardDeclined = "card_declined";
    public const string InsufficientFunds = "insufficient_funds";
    public const string LostCard = "lost_card";
    public const string StolenCard = "stolen_card";
    public const string ExpiredCard = "expired_card";
    public const string IncorrectCvc = "incorrect_cvc";
    public const string IncorrectNumber = "incorrect_number";
    public const string ProcessingError = "processing_error";
    public const string IssuerUnavailable = "issuer_unavailable";
    public const string AuthenticationRequired = "authentication_required";

    /// <summary>No debits are taken from the bank account.</summary>
    public const string BankAccountUnusable = "bank_account_unusable";

    /// <summary>The reference was reversed before the authorization came.</summary>
    public const string Reversed = "reversed";

    /// <summary>What a code means where the acquirer doesn't say, and of declines without one: soft only where it is known to be.</summary>
    public static DeclineKind KindOf(string code) =>
        code is InsufficientFunds or ProcessingError or IssuerUnavailable or AuthenticationRequired
            or Authorizing.RiskUnavailable or Authenticating.TimedOut or Authenticating.Unavailable ? DeclineKind.Soft : DeclineKind.Hard;
}
