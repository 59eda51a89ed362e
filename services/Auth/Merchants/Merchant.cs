namespace PayFlow.Auth.Merchants;

/// <summary>A merchant and its settings.</summary>
/// <param name="Version">Counts changes, from 1.</param>
public sealed record Merchant(Id Id, MerchantSettings Settings, long Version, DateTimeOffset CreatedAt, DateTimeOffset ChangedAt)
{
    public DayEnd DayEnd => new(Settings.TimeZone, Settings.Cutoff);

    public bool CaptureAutomatically => Settings.CaptureMode == CaptureMode.Automatic;

    public TimeSpan Hold => TimeSpan.FromDays(Settings.HoldDays);

    public IReadOnlyList<string> Acquirers => Settings.Acquirers;

    /// <summary>As HTTP compares it (RFC 9110, 8.8.3).</summary>
    public string ETag => $"\"{Version}\"";
}

/// <summary>When a merchant's settlement day ends.</summary>
/// <param name="Zone">IANA name.</param>
/// <param name="Cutoff">Local time of day; what happens from then on belongs to the next date.</param>
public readonly record struct DayEnd(string Zone, TimeOnly Cutoff)
{
    /// <summary>The cutoff as settings and events spell it: <c>23:59</c>.</summary>
    public string CutoffText => Cutoff.ToString("HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The settlement date of what happens at a time.</summary>
    public DateOnly DateOf(DateTimeOffset at) => SettlementDay.Of(at, TimeZoneInfo.FindSystemTimeZoneById(Zone), Cutoff).Date;
}

/// <summary>What can be set for a merchant.</summary>
/// <param name="TimeZone">IANA name: the zone in which its settlement date is counted.</param>
/// <param name="Country">ISO 3166-1 alpha-2; null when nobody said.</param>
/// <param name="HomeRegion">Where its payments are written.</param>
/// <param name="Cutoff">When its settlement day ends, in its zone.</param>
/// <param name="CaptureMode">What a payment does that doesn't say.</param>
/// <param name="HoldDays">How long an authorization holds.</param>
/// <param name="RateLimit">Requests per second that the gateway lets through.</param>
/// <param name="Acquirers">Acquirers in the order they are to be asked; empty: as the routing table says.</param>
public sealed record MerchantSettings(
    string Name,
    string TimeZone,
    string? Country,
    string HomeRegion,
    TimeOnly Cutoff,
    CaptureMode CaptureMode,
    int HoldDays,
    int RateLimit,
    IReadOnlyList<string> Acquirers)
{
    /// <summary>As long as nobody says otherwise; name, zone and region are said.</summary>
    public static MerchantSettings Usual(string name, string timeZone, string homeRegion) =>
        new(name, timeZone, Country: null, homeRegion, new TimeOnly(23, 59), CaptureMode.Manual, HoldDays: 7, RateLimit: 100, []);
}

public enum CaptureMode
{
    /// <summary>A capture is asked for.</summary>
    Manual,

    /// <summary>Captured as soon as it is authorized.</summary>
    Automatic,
}
