using PayFlow.Kernel;

namespace PayFlow.Fraud.Rules;

/// <summary>Amounts far above what is usual for the card or, while little is known of the card, for the merchant.</summary>
public static class AmountRules
{
    public static RiskReason? Anomaly(RiskFacts facts, FraudOptions options)
    {
        var limits = options.AmountAnomaly;
        var ofCard = facts.CardHistory.Samples >= limits.CardSamples && !TestCards.Includes(facts.Request);
        if (!ofCard && facts.MerchantHistory.Samples < limits.MerchantSamples)
            return null;

        var (history, whose) = ofCard ? (facts.CardHistory, $"this {facts.Request.PaidWith}") : (facts.MerchantHistory, "this merchant");
        var amount = facts.Request.Amount;
        return limits.Points > 0 && history.IsAbove(amount.MinorUnits, limits.Sigmas) && history.IsAtLeast(amount.MinorUnits, limits.LeastPercentOfMean)
            ? new("amount_anomaly", limits.Points, Explain(amount, history, whose, limits.Sigmas))
            : null;
    }

    private static string Explain(Money amount, AmountHistory history, string whose, int sigmas) =>
        $"{amount} is more than {sigmas} standard deviations above what is usual for {whose}: {history.MeanIn(amount.Currency)} on average of {history.Samples} payments.";
}
