using FsCheck;
using FsCheck.Fluent;

namespace PayFlow.Kernel.UnitTests;

public sealed class MoneyTests
{
    [Theory]
    [InlineData(1500, "USD", "15.00 USD")]
    [InlineData(-5, "USD", "-0.05 USD")]
    [InlineData(1500, "JPY", "1500 JPY")]
    [InlineData(1500, "KWD", "1.500 KWD")]
    [InlineData(long.MinValue, "USD", "-92233720368547758.08 USD")]
    public void ToString_Exponent_PlacesThePoint(long minorUnits, string currency, string text) =>
        Assert.Equal(text, new Money(minorUnits, Currency.Parse(currency)).ToString());

    [Fact]
    public void Add_TwoCurrencies_Throws() =>
        Assert.Throws<InvalidOperationException>(() => new Money(1, Currency.Usd) + new Money(1, Currency.Eur));

    [Fact]
    public void Add_Overflow_ThrowsRatherThanWraps() =>
        Assert.Throws<OverflowException>(() => new Money(long.MaxValue, Currency.Usd) + new Money(1, Currency.Usd));

    [Theory]
    [InlineData(10_000, 290, 290)]
    [InlineData(50, 100, 0)]      // 0.5 rounds to the even 0
    [InlineData(150, 100, 2)]     // 1.5 rounds to the even 2
    [InlineData(250, 100, 2)]     // 2.5 rounds to the even 2
    [InlineData(-150, 100, -2)]
    [InlineData(999_999_999_999, 10_000, 999_999_999_999)]
    public void BasisPoints_Half_RoundsToEven(long amount, int basisPoints, long expected) =>
        Assert.Equal(expected, new Money(amount, Currency.Usd).BasisPoints(basisPoints).MinorUnits);

    [Fact]
    public void AddThenSubtract_AnyAmounts_IsTheSame() => Prop.ForAll<int, int>((left, right) =>
    {
        var (a, b) = (new Money(left, Currency.Eur), new Money(right, Currency.Eur));
        return a + b - b == a && a + b == b + a && -(-a) == a;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("usd")]
    [InlineData("XXX")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("USDX")]
    public void Currency_Unknown_IsRefused(string? code) => Assert.False(Currency.TryParse(code, out _));

    [Fact]
    public void Currency_Exponents_AreIso4217s()
    {
        Assert.Equal(2, Currency.Usd.Exponent);
        Assert.Equal(0, Currency.Parse("JPY").Exponent);
        Assert.Equal(3, Currency.Parse("BHD").Exponent);
    }

    [Fact]
    public void Refusal_SeveralFields_NamesThemAll()
    {
        var refusal = Refusal.Invalid([new("amount.amount", "out_of_range", "…"), new("amount.currency", "unknown_currency", "…")]);
        Assert.Contains("amount.amount, amount.currency", refusal.Message, StringComparison.Ordinal);
        Assert.False(refusal.Retryable);
    }
}
