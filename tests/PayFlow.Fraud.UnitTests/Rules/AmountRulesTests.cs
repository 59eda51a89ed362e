using FsCheck;
using FsCheck.Fluent;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.UnitTests.Rules;

public sealed class AmountRulesTests
{
    [Theory]
    [InlineData(9, 100_000, 0)]    // one payment too few to know the card
    [InlineData(10, 100_000, 25)]
    [InlineData(10, 1_500, 25)]    // 150 % of 1000, and no deviation at all so far
    [InlineData(10, 1_499, 0)]
    [InlineData(10, 1_000, 0)]
    [InlineData(10, 1, 0)]
    public void Anomaly_CardThatPaidTheSameEachTime_WantsHalfAsMuchAgain(int samples, long amount, int points) =>
        Assert.Equal(points, Points((Facts.Quiet with { CardHistory = Facts.Alike(samples, 1_000) }).Paying(amount)));

    [Theory]
    [InlineData(29, 0)]
    [InlineData(30, 25)]
    public void Anomaly_UnknownCard_IsMeasuredByItsMerchant(int samples, int points) =>
        Assert.Equal(points, Points((Facts.Quiet with { MerchantHistory = Facts.Alike(samples, 1_000) }).Paying(100_000)));

    [Fact]
    public void Anomaly_KnownCard_IsNotMeasuredByItsMerchant() =>
        Assert.Equal(0, Points((Facts.Quiet with { CardHistory = Facts.Alike(10, 100_000), MerchantHistory = Facts.Alike(30, 1_000) }).Paying(100_000)));

    [Fact]
    public void Anomaly_PublishedTestCard_IsMeasuredByItsMerchantOnly()
    {
        var facts = (Facts.Quiet with { CardHistory = Facts.Alike(10, 1_000) }).Paying(100_000).WithCard("42424242", "4242");
        Assert.Equal(0, Points(facts));
        Assert.Equal(25, Points(facts with { MerchantHistory = Facts.Alike(30, 1_000) }));
    }

    // Mean 1000, sample standard deviation 100 (of 900, 1100 five times each: √(10·10⁴/9) = 105.4…): three of them end at 1316.2.
    [Theory]
    [InlineData(1_316, false)]
    [InlineData(1_317, true)]
    public void IsAbove_ThreeSigmas_IsExact(long amount, bool above) =>
        Assert.Equal(above, Facts.HistoryOf(900, 1_100, 900, 1_100, 900, 1_100, 900, 1_100, 900, 1_100).IsAbove(amount, sigmas: 3));

    [Fact]
    public void Anomaly_AboveTheUsual_SaysWhatIsUsual() => Assert.Equal(
        "1000.00 USD is more than 3 standard deviations above what is usual for this card: 10.00 USD on average of 12 payments.",
        (Facts.Quiet with { CardHistory = Facts.Alike(12, 1_000) }).Paying(100_000).Reason("amount_anomaly")?.Explanation);

    [Fact]
    public void IsAbove_AnyHistory_AgreesWithTheTextbook() => Prop.ForAll<PositiveInt[], PositiveInt, bool>((amounts, amount, large) =>
    {
        var values = amounts.Select(value => (long)value.Get).ToArray();
        var asked = large ? amount.Get * 1_000L : amount.Get;
        var history = Facts.HistoryOf(values);
        if (values.Length < 2)
            return !history.IsAbove(asked, 3);

        var mean = values.Average();
        var limit = mean + (3 * Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1)));
        // Only where floating point itself is sure.
        return Math.Abs(asked - limit) < 1e-6 * limit || history.IsAbove(asked, 3) == (asked > limit);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void History_LargestAmounts_DoesNotOverflow()
    {
        var history = Facts.Alike(1_000, Money.MaxMinorUnits - 1);
        Assert.True(history.IsAbove(Money.MaxMinorUnits, sigmas: 10));
        Assert.Equal(Money.MaxMinorUnits - 1, history.Mean);
    }

    private static int Points(RiskFacts facts) => facts.Reason("amount_anomaly")?.Points ?? 0;
}
