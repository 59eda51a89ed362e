using PayFlow.Kernel;

namespace PayFlow.Fraud.Rules;

/// <summary>How often, and how much, within a minute, an hour, a day.</summary>
public static class VelocityRules
{
    private const int MostSteps = 3;

    public static RiskReason? Card(RiskFacts facts, FraudOptions options) =>
        facts.Activity?.Card is { } card && !TestCards.Includes(facts.Request) && Worst(card.Payments, options.CardVelocity) is { } worst
            ? new($"{facts.Request.PaidWith}_velocity", worst.Points, $"{worst.Value} payments with this {facts.Request.PaidWith} within {worst.Window}; up to {worst.Limit} are usual.")
            : null;

    public static RiskReason? CardSpend(RiskFacts facts, FraudOptions options)
    {
        var currency = facts.Request.Amount.Currency;
        return facts.Activity?.Card is { } card
            && !TestCards.Includes(facts.Request)
            && options.CardSpend.Find(limits => limits.Currency == currency.Code) is { } limits
            && Worst(card.Spent, limits) is { } worst
                ? new($"{facts.Request.PaidWith}_spend", worst.Points, $"{new Money(worst.Value, currency)} with this {facts.Request.PaidWith} within {worst.Window}; up to {new Money(worst.Limit, currency)} is usual.")
                : null;
    }

    public static RiskReason? Address(RiskFacts facts, FraudOptions options) =>
        facts.Activity?.Address is { } payments && Worst(payments, options.AddressVelocity) is { } worst
            ? new("ip_velocity", worst.Points, $"{worst.Value} payments from this network address within {worst.Window}; up to {worst.Limit} are usual.")
            : null;

    /// <summary>The window that is exceeded most; the shorter one when several are alike. Every full multiple of the limit gives the points once more.</summary>
    private static (string Window, long Value, long Limit, int Points)? Worst(WindowCounts windows, WindowLimits limits)
    {
        ReadOnlySpan<(string Window, long Value, long Limit)> all =
        [
            ("a minute", windows.Minute, limits.Minute),
            ("an hour", windows.Hour, limits.Hour),
            ("a day", windows.Day, limits.Day),
        ];
        (string, long, long, int)? worst = null;
        var most = 0L;
        foreach (var (window, value, limit) in all)
        {
            var steps = Math.Min(MostSteps, (value - 1) / limit);
            if (steps > most)
            {
                most = steps;
                worst = (window, value, limit, Math.Min(100, (int)steps * limits.Points));
            }
        }

        return limits.Points > 0 ? worst : null;
    }
}
