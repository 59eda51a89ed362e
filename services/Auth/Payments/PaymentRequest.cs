using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Payments;

/// <summary>
/// What a merchant asked to be paid, as it is kept with the idempotency key: enough to carry it out later, in another process. It names the card or the bank account by its
/// token and the customer's e-mail by its hash.
/// </summary>
public sealed record PaymentRequest
{
    public required Money Amount { get; init; }

    public required bool CaptureAutomatically { get; init; }

    [JsonIgnore]
    public PaymentMethod Method
    {
        get => (PaymentMethod?)Card ?? BankAccount ?? throw new InvalidOperationException("The request names nothing that it is paid with.");
        init => (Card, BankAccount) = (value as CardView, value as BankAccountView);
    }

    /// <summary>As it is kept: null unless it is paid with a card.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CardView? Card { get; init; }

    /// <summary>As it is kept: null unless it is paid with a bank account.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BankAccountView? BankAccount { get; init; }

    public string? Reference { get; init; }

    public required ImmutableSortedDictionary<string, string> Metadata { get; init; }

    public required CustomerFacts Customer { get; init; }

    /// <summary>It is only written down, to be confirmed later.</summary>
    public bool IsDraft { get; init; }

    /// <summary>The merchant wants the payer authenticated, whatever risk says.</summary>
    public bool Authenticate { get; init; }

    /// <summary>Where the payer's browser goes after the issuer's challenge.</summary>
    public Uri? ReturnUrl { get; init; }

    public static PaymentRequest Of(KeyRow create) => JsonSerializer.Deserialize<PaymentRequest>(create.Request, ApiJson.Options)!;

    public string ToJson() => JsonSerializer.Serialize(this, ApiJson.Options);
}

/// <summary>What the merchant knows of the customer; only the risk check sees it. Countries are ISO 3166-1 alpha-2.</summary>
public sealed record CustomerFacts(string? IpAddress, string? EmailHash, string? Country, string? BillingCountry, string? ShippingCountry, string? DeviceId);
