namespace PayFlow.Kernel;

/// <summary>The date a capture or refund settles under, and when that date ends for its merchant (UTC).</summary>
public readonly record struct SettlementDay(DateOnly Date, DateTimeOffset CutoffAt)
{
    /// <summary>
    /// The date in the merchant's zone; from the cutoff on, the next one. Where the clock jumps over the cutoff (summer time), the date ends at the first
    /// instant after it; where it is shown twice, at the first of the two.
    /// </summary>
    public static SettlementDay Of(DateTimeOffset occurredAt, TimeZoneInfo zone, TimeOnly cutoff)
    {
        var date = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(occurredAt, zone).DateTime);
        var end = Instant(date, zone, cutoff);
        if (occurredAt >= end)
        {
            date = date.AddDays(1);
            end = Instant(date, zone, cutoff);
        }

        return new SettlementDay(date, end);
    }

    private static DateTimeOffset Instant(DateOnly date, TimeZoneInfo zone, TimeOnly timeOfDay)
    {
        var local = date.ToDateTime(timeOfDay);
        while (zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }
}
