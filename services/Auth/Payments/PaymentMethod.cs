using System.Text.Json.Serialization;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.Payments;

/// <summary>What a payment is paid with, as the API spells it in snake_case.</summary>
public enum PaymentMethodType
{
    Card,
    BankAccount,
}

/// <summary>What may be known outside the vault of what a payment is paid with. Closed: a card or a bank account.</summary>
/// <param name="Fingerprint">HMAC of the numbers: the same card or account tokenized twice has the same.</param>
public abstract record PaymentMethod(Id TokenId, string Fingerprint)
{
    [JsonIgnore]
    public abstract PaymentMethodType Type { get; }
}

/// <summary>What may be known of a card outside the vault.</summary>
/// <param name="Bin">The first eight digits.</param>
/// <param name="Country">ISO 3166-1 alpha-2, when the number's range says it.</param>
/// <param name="Fingerprint">HMAC of the number: the same card tokenized twice has the same.</param>
public sealed record CardView(Id TokenId, string Brand, string Bin, string Last4, int ExpMonth, int ExpYear, string? Country, string Fingerprint)
    : PaymentMethod(TokenId, Fingerprint)
{
    [JsonIgnore]
    public override PaymentMethodType Type => PaymentMethodType.Card;
}

/// <summary>What may be known of a bank account outside the vault.</summary>
/// <param name="Routing">The bank's routing number; no secret.</param>
/// <param name="Fingerprint">HMAC of routing and account number: the same account tokenized twice has the same.</param>
public sealed record BankAccountView(Id TokenId, string Routing, string Last4, AccountType Account, HolderType Holder, string Fingerprint)
    : PaymentMethod(TokenId, Fingerprint)
{
    [JsonIgnore]
    public override PaymentMethodType Type => PaymentMethodType.BankAccount;
}
