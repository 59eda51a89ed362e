using System.ComponentModel.DataAnnotations;
using FsCheck;
using FsCheck.Fluent;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.UnitTests.Rules;

public sealed class RiskRulesTests
{
    [Theory]
    [InlineData(0, RiskDecision.Allow)]
    [InlineData(39, RiskDecision.Allow)]
    [InlineData(40, RiskDecision.Review)]
    [InlineData(59, RiskDecision.Review)]
    [InlineData(60, RiskDecision.Authenticate)]
    [InlineData(79, RiskDecision.Authenticate)]
    [InlineData(80, RiskDecision.Block)]
    [InlineData(100, RiskDecision.Block)]
    public void Decide_Score_FollowsTheThresholds(int score, RiskDecision decision) => Assert.Equal(decision, RiskRules.Decide(score, Facts.Options));

    [Theory]
    [InlineData("40000000", "4954", Mode.Test, 95, RiskDecision.Block)]
    [InlineData("40000000", "9235", Mode.Test, 65, RiskDecision.Authenticate)]
    [InlineData("42424242", "4242", Mode.Test, 0, RiskDecision.Allow)]
    [InlineData("40000000", "0259", Mode.Test, 0, RiskDecision.Allow)]
    [InlineData("40000001", "4954", Mode.Test, 0, RiskDecision.Allow)]
    [InlineData("40000000", "4954", Mode.Live, 0, RiskDecision.Allow)]
    [InlineData("40000000", "9235", Mode.Live, 0, RiskDecision.Allow)]
    public void TestCard_InItsMode_AsksForItsRisk(string bin, string last4, Mode mode, int score, RiskDecision decision)
    {
        var scored = RiskRules.Score(Facts.Quiet.WithCard(bin, last4, mode), Facts.Options);
        Assert.Equal((score, decision), (scored.Total, scored.Decision));
    }

    [Fact]
    public void Score_QuietPayment_IsZeroWithoutReasons()
    {
        var scored = RiskRules.Score(Facts.Quiet, Facts.Options);
        Assert.Equal((0, RiskDecision.Allow), (scored.Total, scored.Decision));
        Assert.Empty(scored.Reasons);
    }

    [Fact]
    public void Score_EverythingAtOnce_IsCappedAndEveryRuleHasItsReason()
    {
        var facts = Everything.WithCard("45717360", "1234");
        var scored = RiskRules.Score(facts, Facts.Options);
        Assert.Equal((100, RiskDecision.Block), (scored.Total, scored.Decision));
        Assert.Equal(
            ["amount_anomaly", "card_spend", "card_velocity", "country_mismatch", "ip_velocity", "shipping_mismatch"],
            scored.Reasons.Select(reason => reason.Code).Order());
        Assert.Equal(scored.Reasons.Select(reason => reason.Points).OrderDescending(), scored.Reasons.Select(reason => reason.Points));
        Assert.All(scored.Reasons, reason => Assert.EndsWith(".", reason.Explanation, StringComparison.Ordinal));
    }

    [Fact]
    public void Score_NothingKnownButTheAmount_IsZero()
    {
        var facts = new RiskFacts(
            Facts.Quiet.Request with { Card = null, IpAddress = null, BillingCountry = null, ShippingCountry = null, IpCountry = null }, Activity: null, default, default);
        Assert.Equal(0, RiskRules.Score(facts, Facts.Options).Total);
    }

    [Fact]
    public void Score_AnyActivity_IsTheCappedSumAndGrowsWithIt() => Prop.ForAll<NonNegativeInt, NonNegativeInt, NonNegativeInt>((minute, hour, more) =>
    {
        var less = RiskRules.Score(Facts.WithCardPayments(minute.Get, minute.Get + hour.Get, minute.Get + hour.Get), Facts.Options);
        var busier = RiskRules.Score(Facts.WithCardPayments(minute.Get + more.Get, minute.Get + hour.Get + more.Get, minute.Get + hour.Get + more.Get), Facts.Options);
        return less.Total is >= 0 and <= 100
            && less.Total == Math.Min(100, less.Reasons.Sum(reason => reason.Points))
            && less.Reasons.All(reason => reason.Points > 0)
            && busier.Total >= less.Total;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(40, 60, 80, true)]
    [InlineData(60, 60, 80, false)]
    [InlineData(40, 80, 80, false)]
    [InlineData(40, 60, 101, false)]
    [InlineData(0, 60, 80, false)]
    public void Options_Thresholds_AreCheckedTogether(int review, int authenticate, int block, bool valid)
    {
        var options = new FraudOptions { ReviewFrom = review, AuthenticateFrom = authenticate, BlockFrom = block };
        Assert.Equal(valid, Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }

    private static RiskFacts Everything => new(
        Facts.Quiet.Request with { Amount = new Money(900_000, Currency.Usd), BillingCountry = "FR", ShippingCountry = "DE", IpCountry = "RU" },
        new Activity(new CardActivity(new(100, 100, 100), new(5_000_000, 5_000_000, 5_000_000)), new(1_000, 1_000, 1_000)),
        Facts.Alike(50, 1_000),
        Facts.Alike(50, 1_000));
}
