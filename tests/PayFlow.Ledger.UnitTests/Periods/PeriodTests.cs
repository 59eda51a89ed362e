using PayFlow.Ledger.Periods;

namespace PayFlow.Ledger.UnitTests.Periods;

public sealed class PeriodTests
{
    [Fact]
    public void Of_LastMomentOfAYear_IsItsDecember()
    {
        var period = Period.Of(new DateTimeOffset(2026, 12, 31, 23, 59, 59, 999, TimeSpan.Zero));

        Assert.Equal((202612, 202701, 202611), (period.Number, period.Next.Number, period.Previous.Number));
        Assert.Equal(period.End, period.Next.Start);
        Assert.Equal("2026-12", period.ToString());
    }

    [Fact]
    public void Of_TimeWithAnOffset_IsTheMonthInUtc() => Assert.Equal(202612, Period.Of(new DateTimeOffset(2027, 1, 1, 0, 30, 0, TimeSpan.FromHours(1))).Number);

    [Theory]
    [InlineData("2026-11", 202611)]
    [InlineData("2026-00", null)]
    [InlineData("2026-13", null)]
    [InlineData("1999-12", null)]
    [InlineData("202611", null)]
    [InlineData("2026-1x", null)]
    [InlineData("+026-11", null)]
    [InlineData("", null)]
    public void TryParse_Text_TakesMonthsOnly(string text, int? expected) => Assert.Equal(expected, Period.TryParse(text, out var period) ? period.Number : null);
}
