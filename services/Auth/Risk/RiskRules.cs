using PayFlow.Auth.Payments;
using PayFlow.Contracts.Fraud.V1;

namespace PayFlow.Auth.Risk;

/// <summary>What follows from Fraud's word, and from its silence. Pure.</summary>
public static class RiskRules
{
    public static RiskView Judge(RiskAssessment assessment) => new(
        assessment.Score,
        assessment.Decision switch
        {
            RiskDecision.Allow => RiskView.Allow,
            RiskDecision.Review => RiskView.Review,
            RiskDecision.Authenticate => RiskView.Authenticate,
            RiskDecision.Block => RiskView.Block,
            _ => ByScore(assessment.Score),   // a decision newer than this service
        },
        [.. assessment.Reasons.Select(reason => new RiskReasonView(reason.Code, reason.Points, reason.Explanation))],
        Fallback: false);

    /// <param name="limit">Minor units up to which a payment is allowed unseen.</param>
    public static RiskView WithoutFraud(Money amount, long limit) => amount.MinorUnits <= limit
        ? new RiskView(0, RiskView.Allow, [new RiskReasonView("risk.fallback", 0, "Fraud could not be asked; the amount is small enough to be allowed unseen.")], Fallback: true)
        : new RiskView(0, RiskView.Unavailable, [new RiskReasonView("risk.fallback", 0, "Fraud could not be asked, and the amount is too large to be allowed unseen.")], Fallback: true);

    /// <summary>Why risk declines, or null when the payer may be charged, perhaps after he is authenticated; who pays with a bank account can't be.</summary>
    public static string? DeclineCode(RiskView risk, PaymentMethodType method) => risk.Decision switch
    {
        RiskView.Allow or RiskView.Review => null,
        RiskView.Authenticate when method == PaymentMethodType.Card => null,
        RiskView.Unavailable => Authorizing.RiskUnavailable,
        _ => Authorizing.BlockedByRisk,
    };

    private static string ByScore(int score) => score switch
    {
        >= 80 => RiskView.Block,
        >= 60 => RiskView.Authenticate,
        >= 40 => RiskView.Review,
        _ => RiskView.Allow,
    };
}
