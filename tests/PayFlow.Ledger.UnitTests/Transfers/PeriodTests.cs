using System.Globalization;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.UnitTests.Transfers;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-03-14T12:00:00Z", 0, 202603)]
    [InlineData("2026-03-31T23:30:00-02:00", 0, 202604)]   // April in UTC
    [InlineData("2026-03-14T12:00:00Z", 202602, 202603)]
    [InlineData("2026-03-14T12:00:00Z", 202603, 202604)]
    [InlineData("2026-01-14T12:00:00Z", 202603, 202604)]
    [InlineData("2026-05-01T00:00:00Z", 202603, 202605)]
    [InlineData("2026-12-31T23:59:59Z", 202612, 202701)]
    public void PeriodOf_EffectiveTime_IsItsMonthOrTheFirstOpenOne(string effectiveAt, int closedThrough, int expected) =>
        Assert.Equal(expected, LedgerEngine.PeriodOf(DateTimeOffset.Parse(effectiveAt, CultureInfo.InvariantCulture), closedThrough));

    [Fact]
    public void Apply_LateEntry_IsBookedInTheOpenPeriodWithItsOwnTime()
    {
        var late = Sample.Post(1, Sample.Receivable, Sample.Available, 5) with { EffectiveAt = Sample.Now.AddMonths(-1) };

        var booked = (Books.Empty with { ClosedThrough = 202602 }).Apply(late).Created.Single();

        Assert.Equal((202603, Sample.Now.AddMonths(-1)), (booked.Period, booked.EffectiveAt));
    }
}
