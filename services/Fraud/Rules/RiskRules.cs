namespace PayFlow.Fraud.Rules;

/// <summary>What is to be done with a payment of this risk.</summary>
public enum RiskDecision
{
    Allow = 1,

    /// <summary>Authorize, and queue for review.</summary>
    Review = 2,

    /// <summary>Authenticate the payer first (3-D Secure).</summary>
    Authenticate = 3,
    Block = 4,
}

/// <param name="Total">0 to 100.</param>
/// <param name="Reasons">Most points first.</param>
public sealed record RiskScore(int Total, RiskDecision Decision, IReadOnlyList<RiskReason> Reasons);

/// <summary>All rules, and the score that they add up to. Pure: the same facts get the same score.</summary>
public static class RiskRules
{
    /// <summary>Names this set of rules in what it has scored; a change of what they mean is a new name.</summary>
    public const string Name = "rules-1";

    private static readonly Func<RiskFacts, FraudOptions, RiskReason?>[] All =
    [
        TestCards.Ask,
        VelocityRules.Card,
        VelocityRules.CardSpend,
        VelocityRules.Address,
        CountryRules.Mismatch,
        CountryRules.Shipping,
        AmountRules.Anomaly,
    ];

    public static RiskScore Score(RiskFacts facts, FraudOptions options)
    {
        List<RiskReason> reasons = [.. All.Select(rule => rule(facts, options)).OfType<RiskReason>().OrderByDescending(reason => reason.Points)];
        var total = Math.Min(100, reasons.Sum(reason => reason.Points));
        return new RiskScore(total, Decide(total, options), reasons);
    }

    public static RiskDecision Decide(int score, FraudOptions options) =>
        score >= options.BlockFrom ? RiskDecision.Block
        : score >= options.AuthenticateFrom ? RiskDecision.Authenticate
        : score >= options.ReviewFrom ? RiskDecision.Review
        : RiskDecision.Allow;
}
