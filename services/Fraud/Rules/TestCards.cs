using System.Collections.Frozen;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Rules;

/// <summary>
/// The Sandbox's published cards and bank accounts. They exist in test mode only. Everybody tests with the same ones, so how often they are used says nothing; two of them ask for a risk.
/// </summary>
public static class TestCards
{
    private static readonly FrozenSet<(string Bin, string Last4)> Published = new[]
    {
        ("42424242", "4242"), ("40000000", "0002"), ("40000000", "9995"), ("40000000", "9987"), ("40000000", "9979"), ("40000000", "0069"), ("40000000", "0127"),
        ("40000000", "0119"), ("40000000", "3220"), ("40000000", "0259"), ("40000000", "2685"), ("40000084", "1629"), HighestRisk, ElevatedRisk,
    }.ToFrozenSet();

    private static readonly FrozenSet<(string Routing, string Last4)> PublishedAccounts =
        new[] { "6789", "2227", "1113", "1116", "3335", "6661" }.Select(last4 => ("110000000", last4)).ToFrozenSet();

    private static (string Bin, string Last4) HighestRisk => ("40000000", "4954");

    private static (string Bin, string Last4) ElevatedRisk => ("40000000", "9235");

    public static bool Includes(RiskRequest request) => (Name(request) is { } name && Published.Contains(name))
        || (request is { Mode: Mode.Test, Account: { } account } && PublishedAccounts.Contains((account.Routing, account.Last4)));

    /// <summary>The risk that a published card asks for.</summary>
    public static RiskReason? Ask(RiskFacts facts, FraudOptions options) => Name(facts.Request) switch
    {
        { } name when name == HighestRisk => new("test_card_highest_risk", 95, "The test card ending in 4954 asks for the highest risk."),
        { } name when name == ElevatedRisk => new("test_card_elevated_risk", 65, "The test card ending in 9235 asks for an elevated risk."),
        _ => null,
    };

    private static (string Bin, string Last4)? Name(RiskRequest request) =>
        request is { Mode: Mode.Test, Card: { } card } ? (card.Bin, card.Last4) : null;
}
