using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using PayFlow.Kernel;
using PayFlow.Ledger.Exchange;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Exchange;

public sealed class ExchangeRateTests
{
    private static readonly Currency Yen = Currency.Parse("JPY");
    private static readonly Currency Dinar = Currency.Parse("KWD");

    /// <summary>Every pair of exponents (0, 2, 3), with amounts that fall on a half of the smallest unit, and beside it.</summary>
    public static TheoryData<string, string, string, long, long> Pairs => new()
    {
        { "JPY", "KRW", "0.5", 1, 0 },            // 0.5 → 0, the even one
        { "JPY", "KRW", "0.5", 3, 2 },            // 1.5 → 2
        { "JPY", "USD", "0.00665", 100, 66 },     // 66.5 → 66
        { "JPY", "USD", "0.00675", 100, 68 },     // 67.5 → 68
        { "JPY", "KWD", "0.0025", 1, 2 },         // 2.5 → 2
        { "JPY", "KWD", "0.0035", 1, 4 },         // 3.5 → 4
        { "USD", "JPY", "150", 1, 2 },            // 1.5 → 2
        { "USD", "JPY", "150", 3, 4 },            // 4.5 → 4
        { "USD", "EUR", "0.9", 5, 4 },            // 4.5 → 4
        { "USD", "EUR", "0.9", 15, 14 },          // 13.5 → 14
        { "USD", "EUR", "0.9", 1_500, 1_350 },
        { "USD", "KWD", "0.30025", 2, 6 },        // 6.005 → 6
        { "USD", "KWD", "0.325", 1, 3 },          // 3.25 → 3
        { "KWD", "JPY", "500", 1, 0 },            // 0.5 → 0
        { "KWD", "JPY", "500", 3, 2 },            // 1.5 → 2
        { "KWD", "USD", "3.25", 2, 1 },           // 0.65 → 1
        { "KWD", "USD", "3.5", 100, 35 },
        { "KWD", "BHD", "1.25", 2, 2 },           // 2.5 → 2
        { "KWD", "BHD", "1.25", 6, 8 },           // 7.5 → 8
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Convert_EveryPairOfExponents_RoundsHalfToEven(string from, string to, string rate, long amount, long expected) =>
        Assert.Equal(expected, Rate(from, to, rate).Convert(amount));

    /// <summary>Against the ratio itself, in integers of any size.</summary>
    [Fact]
    public void Convert_AnyAmountAndRate_IsTheNearestAndOnATieTheEvenOne()
    {
        var currencies = Gen.Elements(Yen, Currency.Usd, Dinar, Currency.Eur, Currency.Parse("KRW"), Currency.Parse("BHD"));
        var cases =
            from @from in currencies
            from to in currencies
            from numerator in Gen.Choose(1, 1_000_000)
            from denominator in Gen.Elements(1, 2, 3, 7, 100, 10_000, 999_983)
            from amount in Gen.Frequency((1, Gen.Choose(0, 20)), (1, Gen.Choose(0, int.MaxValue)))
            select (new ExchangeRate(@from, to, numerator, denominator, "test", Sample.Now), (long)amount);
        Prop.ForAll(Arb.From(cases), given =>
        {
            var (rate, amount) = given;
            var worth = new BigInteger(amount) * rate.Numerator * BigInteger.Pow(10, rate.To.Exponent);
            var per = new BigInteger(rate.Denominator) * BigInteger.Pow(10, rate.From.Exponent);
            var twiceOff = BigInteger.Abs(((rate.Convert(amount) * per) - worth) * 2);
            return twiceOff < per || (twiceOff == per && rate.Convert(amount) % 2 == 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }

    [Fact]
    public void Convert_TheLargestTerms_DoNotOverflow()
    {
        var rate = new ExchangeRate(Currency.Usd, Dinar, ExchangeRate.MaxTerm, ExchangeRate.MaxTerm, "test", Sample.Now);
        Assert.Equal(10_000_000_000_000_000, rate.Convert(1_000_000_000_000_000));
        Assert.Throws<OverflowException>(() => (rate with { Denominator = 1 }).Convert(1_000_000_000_000_000));
    }

    [Fact]
    public void Inverse_OfARate_IsExact()
    {
        var rate = Rate("USD", "EUR", "0.9");
        Assert.Equal((10, 9, Currency.Eur, Currency.Usd), (rate.Inverse.Numerator, rate.Inverse.Denominator, rate.Inverse.From, rate.Inverse.To));
        Assert.Equal(rate, rate.Inverse.Inverse);
    }

    [Theory]
    [InlineData("1.0850", 217, 200)]
    [InlineData("150", 150, 1)]
    [InlineData("0.5", 1, 2)]
    [InlineData("0.000000000001", 1, 1_000_000_000_000)]
    public void TryParse_Decimal_IsAnExactRatio(string text, long numerator, long denominator)
    {
        Assert.True(ExchangeRate.TryParse(text, out var above, out var below));
        Assert.Equal((numerator, denominator), (above, below));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0.0")]
    [InlineData("-1")]
    [InlineData("1.")]
    [InlineData("1.1.1")]
    [InlineData("1,5")]
    [InlineData("1e3")]
    [InlineData("9999999999999999")]
    [InlineData("10000000000000")]
    public void TryParse_NoRate_IsRefused(string text) => Assert.False(ExchangeRate.TryParse(text, out _, out _));

    private static ExchangeRate Rate(string from, string to, string text)
    {
        Assert.True(ExchangeRate.TryParse(text, out var numerator, out var denominator));
        return new ExchangeRate(Currency.Parse(from), Currency.Parse(to), numerator, denominator, "test", Sample.Now);
    }
}
