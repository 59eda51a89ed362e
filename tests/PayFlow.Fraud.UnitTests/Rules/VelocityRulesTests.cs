using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.UnitTests.Rules;

public sealed class VelocityRulesTests
{
    // Limits 3, 10, 25; 30 points, once for each full multiple beyond the limit, three times at most.
    [Theory]
    [InlineData(1, 1, 1, 0)]
    [InlineData(3, 3, 3, 0)]
    [InlineData(4, 4, 4, 30)]
    [InlineData(6, 6, 6, 30)]
    [InlineData(7, 7, 7, 60)]
    [InlineData(9, 9, 9, 60)]
    [InlineData(10, 10, 10, 90)]
    [InlineData(10_000, 10_000, 10_000, 90)]
    [InlineData(1, 10, 25, 0)]
    [InlineData(1, 11, 25, 30)]
    [InlineData(1, 10, 26, 30)]
    [InlineData(1, 10, 51, 60)]
    public void CardVelocity_PaymentsInWindows_GivesPointsBeyondTheLimit(long minute, long hour, long day, int points) =>
        Assert.Equal(points, Facts.WithCardPayments(minute, hour, day).Reason("card_velocity")?.Points ?? 0);

    // Limits 20, 100, 400; 20 points.
    [Theory]
    [InlineData(20, 100, 400, 0)]
    [InlineData(21, 100, 400, 20)]
    [InlineData(20, 101, 400, 20)]
    [InlineData(20, 100, 401, 20)]
    [InlineData(41, 100, 400, 40)]
    [InlineData(61, 61, 61, 60)]
    [InlineData(500, 500, 500, 60)]
    public void AddressVelocity_PaymentsInWindows_GivesPointsBeyondTheLimit(long minute, long hour, long day, int points) =>
        Assert.Equal(points, Facts.WithAddressPayments(minute, hour, day).Reason("ip_velocity")?.Points ?? 0);

    // Limits 2,000.00, 5,000.00, 10,000.00 USD; 25 points. No limit is configured for JPY.
    [Theory]
    [InlineData(200_000, 500_000, 1_000_000, "USD", 0)]
    [InlineData(200_001, 500_000, 1_000_000, "USD", 25)]
    [InlineData(200_000, 500_001, 1_000_000, "USD", 25)]
    [InlineData(200_000, 500_000, 1_000_001, "USD", 25)]
    [InlineData(400_001, 500_000, 1_000_000, "USD", 50)]
    [InlineData(900_000_000, 900_000_000, 900_000_000, "USD", 75)]
    [InlineData(900_000_000, 900_000_000, 900_000_000, "JPY", 0)]
    public void CardSpend_AmountsInWindows_GivesPointsBeyondTheLimit(long minute, long hour, long day, string currency, int points) =>
        Assert.Equal(points, Facts.WithSpent(minute, hour, day, currency).Reason("card_spend")?.Points ?? 0);

    [Fact]
    public void CardVelocity_SeveralWindowsExceeded_TellsOfTheWorst() => Assert.Equal(
        "9 payments with this card within a minute; up to 3 are usual.",
        Facts.WithCardPayments(minute: 9, hour: 12, day: 30).Reason("card_velocity")?.Explanation);

    [Fact]
    public void CardSpend_BeyondTheLimit_TellsAmountsAsPeopleReadThem() => Assert.Equal(
        "2500.00 USD with this card within a minute; up to 2000.00 USD is usual.",
        Facts.WithSpent(250_000, 250_000, 250_000).Reason("card_spend")?.Explanation);

    [Fact]
    public void Velocity_PublishedTestCard_SaysNothingInTestMode()
    {
        var often = Facts.WithCardPayments(500, 500, 500).WithCard("42424242", "4242");
        Assert.Null(often.Reason("card_velocity"));
        Assert.NotNull(often.WithCard("42424242", "4242", Mode.Live).Reason("card_velocity"));
    }

    [Fact]
    public void Velocity_RedisAway_SaysNothing() =>
        Assert.Empty(RiskRules.Score(Facts.Quiet with { Activity = null }, Facts.Options).Reasons);

    [Fact]
    public void Velocity_OfABankAccount_IsCountedLikeACards()
    {
        var facts = (Facts.WithCardPayments(4, 4, 4) with { Activity = new Activity(new CardActivity(new(4, 4, 4), new(300_000, 300_000, 300_000)), new(1, 1, 1)) })
            .WithRequest(request => request with { Card = null, Account = new AccountFacts("fp_2", "110000000", "4321") });
        Assert.Equal((30, 25), (facts.Reason("account_velocity")?.Points, facts.Reason("account_spend")?.Points));
        Assert.Null(facts.Reason("card_velocity"));
        Assert.Contains("with this account", facts.Reason("account_velocity")!.Explanation, StringComparison.Ordinal);

        // Everybody tests with the published accounts, in test mode and with their bank only.
        var published = facts.WithRequest(request => request with { Account = new AccountFacts("fp_2", "110000000", "6789") });
        Assert.Null(published.Reason("account_velocity"));
        Assert.NotNull(published.WithRequest(request => request with { Mode = Mode.Live }).Reason("account_velocity"));
        Assert.NotNull(published.WithRequest(request => request with { Account = new AccountFacts("fp_2", "021000021", "6789") }).Reason("account_velocity"));
    }
}
