using FsCheck;
using FsCheck.Fluent;

namespace PayFlow.Kernel.UnitTests;

public sealed class SettlementDayTests
{
    private static readonly TimeOnly Cutoff = new(23, 59);

    [Theory]
    [InlineData("2026-03-01T23:58:59.999Z", "UTC", "2026-03-01", "2026-03-01T23:59:00Z")]
    [InlineData("2026-03-01T23:59:00Z", "UTC", "2026-03-02", "2026-03-02T23:59:00Z")]
    [InlineData("2026-03-01T22:58:00Z", "Europe/Berlin", "2026-03-01", "2026-03-01T22:59:00Z")]
    [InlineData("2026-03-01T22:59:00Z", "Europe/Berlin", "2026-03-02", "2026-03-02T22:59:00Z")]
    [InlineData("2026-03-02T04:00:00Z", "America/New_York", "2026-03-01", "2026-03-02T04:59:00Z")]
    [InlineData("2026-12-31T14:59:00Z", "Asia/Tokyo", "2027-01-01", "2027-01-01T14:59:00Z")]
    public void Of_LocalDate_EndsAtTheCutoffOfItsZone(string captured, string zone, string date, string cutoffAt)
    {
        var day = SettlementDay.Of(At(captured), TimeZoneInfo.FindSystemTimeZoneById(zone), Cutoff);
        Assert.Equal(DateOnly.ParseExact(date, "yyyy-MM-dd"), day.Date);
        Assert.Equal(At(cutoffAt), day.CutoffAt);
    }

    [Fact]
    public void Of_CutoffInTheHourThatIsSkipped_EndsAtTheFirstInstantAfterIt()
    {
        // Berlin, 2026-03-29: 02:00 to 03:00 don't exist. A cutoff of 02:30 is 03:00 summer time, 01:00 UTC.
        var day = SettlementDay.Of(At("2026-03-29T00:30:00Z"), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), new TimeOnly(2, 30));
        Assert.Equal(At("2026-03-29T01:00:00Z"), day.CutoffAt);
    }

    [Fact]
    public void Of_CutoffInTheHourThatIsShownTwice_EndsAtTheFirst()
    {
        var day = SettlementDay.Of(At("2026-10-24T23:00:00Z"), TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), new TimeOnly(2, 30));
        Assert.Equal(new DateOnly(2026, 10, 25), day.Date);
        Assert.Equal(At("2026-10-25T00:30:00Z"), day.CutoffAt);
    }

    [Fact]
    public void Of_AnyInstantAndZone_IsBeforeItsOwnCutoffAndWithinADay()
    {
        var zones = TimeZoneInfo.GetSystemTimeZones();
        var start = At("2020-01-01T00:00:00Z");
        Prop.ForAll(Gen.Choose(0, zones.Count - 1).ToArbitrary(), Gen.Choose(0, 10 * 365 * 24 * 60).ToArbitrary(), (zone, minutes) =>
        {
            var captured = start.AddMinutes(minutes);
            var day = SettlementDay.Of(captured, zones[zone], Cutoff);
            return captured < day.CutoffAt && day.CutoffAt - captured <= TimeSpan.FromHours(49);   // Samoa skipped a whole day
        }).QuickCheckThrowOnFailure();
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
