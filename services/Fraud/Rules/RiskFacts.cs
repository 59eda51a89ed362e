using PayFlow.Kernel;

namespace PayFlow.Fraud.Rules;

/// <summary>What may be known of a card outside the vault.</summary>
/// <param name="Fingerprint">The same card, tokenized twice, is still one card.</param>
/// <param name="Bin">First eight digits.</param>
/// <param name="Country">Where it was issued, ISO 3166-1 alpha-2; null when unknown.</param>
public sealed record CardFacts(string Fingerprint, string Bin, string Last4, string? Country);

/// <summary>What may be known of a bank account outside the vault.</summary>
/// <param name="Fingerprint">The same account, tokenized twice, is still one account.</param>
/// <param name="Routing">The bank's.</param>
public sealed record AccountFacts(string Fingerprint, string Routing, string Last4);

/// <summary>A payment that is to be scored. What is unknown is null.</summary>
/// <param name="IpAddress">The customer's, as the merchant saw it.</param>
public sealed record RiskRequest(
    Id PaymentId,
    Id MerchantId,
    Mode Mode,
    Money Amount,
    CardFacts? Card,
    string? IpAddress,
    string? BillingCountry,
    string? ShippingCountry,
    string? IpCountry,
    AccountFacts? Account = null)
{
    /// <summary>Of the card or the bank account that pays; those of cards and of accounts are never the same.</summary>
    public string? Fingerprint => Card?.Fingerprint ?? Account?.Fingerprint;

    /// <summary>What pays, as reasons call it.</summary>
    public string PaidWith => Account is null ? "card" : "account";
}

/// <summary>Within the last minute, hour and day, this payment included.</summary>
public readonly record struct WindowCounts(long Minute, long Hour, long Day);

/// <summary>How busy a card or a bank account is.</summary>
/// <param name="Payments">How many.</param>
/// <param name="Spent">Minor units of this payment's currency.</param>
public sealed record CardActivity(WindowCounts Payments, WindowCounts Spent);

/// <summary>What Redis has counted.</summary>
/// <param name="Card">Of the card or the bank account; null when the payment has neither.</param>
/// <param name="Address">Payments from this network address to this merchant; null when no address is known.</param>
public sealed record Activity(CardActivity? Card, WindowCounts? Address);

/// <summary>Everything the rules look at.</summary>
/// <param name="Activity">Null when Redis couldn't be read.</param>
/// <param name="CardHistory">The amounts that the card or the bank account paid before.</param>
/// <param name="MerchantHistory">The amounts that the merchant took before.</param>
public sealed record RiskFacts(RiskRequest Request, Activity? Activity, AmountHistory CardHistory, AmountHistory MerchantHistory);
