using PayFlow.Contracts.Fraud.V1;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;
using CardFacts = PayFlow.Fraud.Rules.CardFacts;
using Mode = PayFlow.Kernel.Mode;
using Money = PayFlow.Kernel.Money;
using ProtoMode = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Fraud.Grpc;

/// <summary>
/// Reads the contract's request. What identifies the payment and its amount must be right; an optional signal that can't be read is no signal, because a
/// customer's odd country must not stop a payment.
/// </summary>
internal static class RiskRequests
{
    private const int LongestText = 128;

    public static Result<RiskRequest> Read(CheckRiskRequest request)
    {
        var errors = new List<FieldError>();
        if (!Id.TryParse(IdPrefix.Payment, request.PaymentId, out var paymentId))
            errors.Add(new("payment_id", "invalid_id", "payment_id must be an id that begins with pay_."));
        if (!Id.TryParse(IdPrefix.Merchant, request.MerchantId, out var merchantId))
            errors.Add(new("merchant_id", "invalid_id", "merchant_id must be an id that begins with mer_."));
        if (request.Mode is not (ProtoMode.Test or ProtoMode.Live))
            errors.Add(new("mode", "required", "mode must be test or live."));
        if (!Currency.TryParse(request.Amount?.Currency, out var currency))
            errors.Add(new("amount.currency", "unknown_currency", "amount.currency must be a currency of ISO 4217."));
        if (request.Amount?.MinorUnits is not (>= 1 and <= Money.MaxMinorUnits))
            errors.Add(new("amount.minor_units", "out_of_range", $"amount.minor_units must be from 1 to {Money.MaxMinorUnits}."));
        if (request.Card is { Fingerprint.Length: 0 or > LongestText })
            errors.Add(new("card.fingerprint", "wrong_length", $"card.fingerprint must have 1 to {LongestText} characters."));
        if (request.BankAccount is { Fingerprint.Length: 0 or > LongestText })
            errors.Add(new("bank_account.fingerprint", "wrong_length", $"bank_account.fingerprint must have 1 to {LongestText} characters."));
        if (request is { Card: not null, BankAccount: not null })
            errors.Add(new("bank_account", "contradiction", "A payment is paid with a card or a bank account, not both."));
        if (errors.Count > 0)
            return Refusal.Invalid(errors);

        return new RiskRequest(
            paymentId,
            merchantId,
            request.Mode == ProtoMode.Live ? Mode.Live : Mode.Test,
            new Money(request.Amount!.MinorUnits, currency),
            request.Card is { } card ? new CardFacts(card.Fingerprint, card.Bin, card.Last4, Country(card.Country)) : null,
            request.IpAddress is { Length: > 0 and <= LongestText } address ? address : null,
            Country(request.BillingCountry),
            Country(request.ShippingCountry),
            Country(request.IpCountry),
            request.BankAccount is { } account ? new AccountFacts(account.Fingerprint, account.Routing, account.Last4) : null);
    }

    private static string? Country(string text) => text.Length == 2 && text.All(char.IsAsciiLetter) ? text.ToUpperInvariant() : null;
}
