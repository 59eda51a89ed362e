using System.ComponentModel;
using System.Text.Json.Serialization;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Vault;

/// <summary>A token as the API shows it. Nothing else ever sees the numbers.</summary>
/// <param name="Type">card or bank_account.</param>
public sealed record TokenView(
    Id Id,
    string Object,
    string Type,
    [property: Description("What the token can be used for: `payments`.")] IReadOnlyList<string> UsableFor,
    DateTimeOffset CreatedAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenCardView? Card { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TokenBankAccountView? BankAccount { get; init; }

    public static TokenView Of(CardView card, CardNumber number, DateTimeOffset createdAt) => new(card.TokenId, "token", "card", ["payments"], createdAt)
    {
        Card = new TokenCardView(card.Brand, card.Last4, card.ExpMonth, card.ExpYear, number.Masked, card.Fingerprint, card.Country),
    };

    public static TokenView Of(BankAccountView account, DateTimeOffset createdAt) => new(account.TokenId, "token", "bank_account", ["payments"], createdAt)
    {
        BankAccount = new TokenBankAccountView(account.Routing, account.Last4, $"*****{account.Last4}", account.Account, account.Holder, account.Fingerprint),
    };
}

/// <summary>What may be shown of a card.</summary>
public sealed record TokenCardView(
    string Brand,
    string Last4,
    int ExpMonth,
    int ExpYear,
    string Masked,
    [property: Description("The same for the same card, however often it is tokenized.")] string Fingerprint,
    [property: Description("ISO 3166-1 alpha-2 of the issuer, when it is known.")] string? Country);

/// <summary>What may be shown of a bank account.</summary>
public sealed record TokenBankAccountView(
    [property: Description("The bank's; no secret.")] string RoutingNumber,
    string Last4,
    string Masked,
    AccountType AccountType,
    HolderType HolderType,
    [property: Description("The same for the same account, however often it is tokenized.")] string Fingerprint);
