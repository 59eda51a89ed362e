using PayFlow.Auth.Payments;
using PayFlow.Auth.Risk;
using PayFlow.Contracts.Fraud.V1;

namespace PayFlow.Auth.UnitTests.Risk;

public sealed class RiskRulesTests
{
    [Theory]
    [InlineData(RiskDecision.Allow, 12, "allow", null)]
    [InlineData(RiskDecision.Review, 45, "review", null)]
    [InlineData(RiskDecision.Authenticate, 65, "authenticate", null)]
    [InlineData(RiskDecision.Block, 90, "block", "blocked_by_risk")]
    [InlineData(RiskDecision.Unspecified, 39, "allow", null)]
    [InlineData(RiskDecision.Unspecified, 40, "review", null)]
    [InlineData(RiskDecision.Unspecified, 59, "review", null)]
    [InlineData(RiskDecision.Unspecified, 60, "authenticate", null)]
    [InlineData(RiskDecision.Unspecified, 79, "authenticate", null)]
    [InlineData(RiskDecision.Unspecified, 80, "block", "blocked_by_risk")]
    public void Judge_FraudsWord_DecidesWhetherTheCardIsCharged(RiskDecision said, int score, string decision, string? declineCode)
    {
        var risk = RiskRules.Judge(new RiskAssessment { Score = score, Decision = said, Reasons = { new RiskReason { Code = "card_velocity", Points = score, Explanation = "…" } } });
        Assert.Equal((decision, score, declineCode, risk.Decision is RiskView.Allow or RiskView.Review, false), (risk.Decision, risk.Score, RiskRules.DeclineCode(risk, PaymentMethodType.Card), risk.Passes, risk.Fallback));
        Assert.Equal("card_velocity", Assert.Single(risk.Reasons).Code);
    }

    [Theory]
    [InlineData(10_000, true, null)]
    [InlineData(10_001, false, "risk_unavailable")]
    public void WithoutFraud_Amount_IsAllowedUpToTheLimitAndSaysSo(long amount, bool passes, string? declineCode)
    {
        var risk = RiskRules.WithoutFraud(new Money(amount, Currency.Usd), 10_000);
        Assert.Equal((passes, true, declineCode), (risk.Passes, risk.Fallback, RiskRules.DeclineCode(risk, PaymentMethodType.Card)));
        Assert.Equal("risk.fallback", Assert.Single(risk.Reasons).Code);
    }

    [Fact]
    public void DeclineCode_EveryDecision_IsNoneWhereTheCardMayBeCharged() => Assert.All(
        [RiskView.Allow, RiskView.Review, RiskView.Authenticate, RiskView.Block, RiskView.Unavailable, "something new"],
        decision =>
        {
            var risk = new RiskView(0, decision, [], false);
            Assert.Equal(risk.Passes || decision == RiskView.Authenticate, RiskRules.DeclineCode(risk, PaymentMethodType.Card) is null);
        });

    // Nobody can authenticate who pays with an account, and who should be authenticated is not let through without.
    [Fact]
    public void DeclineCode_ABankAccount_IsNoneOnlyWhereNothingMoreIsWanted() => Assert.All(
        [RiskView.Allow, RiskView.Review, RiskView.Authenticate, RiskView.Block, RiskView.Unavailable, "something new"],
        decision =>
        {
            var risk = new RiskView(0, decision, [], false);
            Assert.Equal(risk.Passes, RiskRules.DeclineCode(risk, PaymentMethodType.BankAccount) is null);
        });
}
