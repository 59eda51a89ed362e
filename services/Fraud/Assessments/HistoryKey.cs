using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Assessments;

/// <summary>Whose amounts, in which currency. Test and live are different worlds.</summary>
/// <param name="Subject"><c>card</c> or <c>merchant</c>.</param>
public readonly record struct HistoryKey(string Subject, Mode Mode, string Key, string Currency)
{
    /// <summary>Of the card or the bank account that pays.</summary>
    public static HistoryKey? OfCard(RiskRequest request) =>
        request.Fingerprint is { } fingerprint ? new HistoryKey("card", request.Mode, fingerprint, request.Amount.Currency.Code) : null;

    public static HistoryKey OfMerchant(RiskRequest request) =>
        new("merchant", request.Mode, request.MerchantId.ToString(), request.Amount.Currency.Code);

    public static IEnumerable<HistoryKey> Of(RiskRequest request) => OfCard(request) is { } card ? [card, OfMerchant(request)] : [OfMerchant(request)];
}
