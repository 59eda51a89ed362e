using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Merchants;

/// <summary>Settings as they are asked for: what is left out is null.</summary>
public sealed record SettingsRequest(
    string? Name,
    string? TimeZone,
    string? Country,
    string? HomeRegion,
    string? Cutoff,
    CaptureMode? CaptureMode,
    int? HoldDays,
    int? RateLimit,
    IReadOnlyList<string>? Acquirers)
{
    /// <summary>The settings with what is asked for in place of what was.</summary>
    public MerchantSettings Over(MerchantSettings settings) => new(
        Name ?? settings.Name,
        TimeZone ?? settings.TimeZone,
        Country ?? settings.Country,
        HomeRegion ?? settings.HomeRegion,
        Cutoff is null ? settings.Cutoff : SettingsRules.TimeOf(Cutoff)!.Value,
        CaptureMode ?? settings.CaptureMode,
        HoldDays ?? settings.HoldDays,
        RateLimit ?? settings.RateLimit,
        Acquirers ?? settings.Acquirers);
}

/// <summary>Which settings there can be. Every wrong field is told at once.</summary>
internal static class SettingsRules
{
    private const int MaxRateLimit = 1_000_000;
    private const int MaxHoldDays = 30;

    public static SettingsRequest Read(BodyReader body, IReadOnlyCollection<string> regions, IReadOnlyCollection<string> acquirers) => new(
        body.OptionalString("name", max: 200),
        Zone(body),
        Country(body),
        OneOf(body, "home_region", regions),
        Cutoff(body),
        body.OptionalEnum<CaptureMode>("capture_mode"),
        body.OptionalInt32("hold_days", 1, MaxHoldDays),
        body.OptionalInt32("rate_limit", 1, MaxRateLimit),
        Acquirers(body, acquirers));

    /// <summary>What a time of day is spelled like: <c>23:59</c>.</summary>
    public static TimeOnly? TimeOf(string text) =>
        TimeOnly.TryParseExact(text, "HH:mm", System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time) ? time : null;

    private static string? Zone(BodyReader body)
    {
        var zone = body.OptionalString("time_zone", max: 64);
        if (zone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            body.Error("time_zone", "unknown_value", "time_zone must be an IANA name such as Europe/Berlin.");
        }

        return zone;
    }

    private static string? Country(BodyReader body)
    {
        var country = body.OptionalString("country", max: 2, min: 2);
        if (country is not null && country.AsSpan().ContainsAnyExceptInRange('A', 'Z'))
        {
            body.Error("country", "invalid_country", "country must be two capital letters of ISO 3166-1, such as US.");
        }

        return country;
    }

    private static string? Cutoff(BodyReader body)
    {
        var cutoff = body.OptionalString("cutoff", max: 5, min: 5);
        if (cutoff is not null && TimeOf(cutoff) is null)
        {
            body.Error("cutoff", "invalid_time", "cutoff must be a time of day such as 23:59.");
        }

        return cutoff;
    }

    private static string? OneOf(BodyReader body, string name, IReadOnlyCollection<string> known)
    {
        var value = body.OptionalString(name, max: 64);
        if (value is not null && !known.Contains(value))
        {
            body.Error(name, "unknown_value", $"{name} must be one of: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }

        return value;
    }

    private static IReadOnlyList<string>? Acquirers(BodyReader body, IReadOnlyCollection<string> known)
    {
        var acquirers = body.OptionalStrings("acquirers", max: 20);
        if (acquirers?.Except(known).Any() == true)
        {
            body.Error("acquirers", "unknown_value", $"acquirers must be among: {string.Join(", ", known.Order(StringComparer.Ordinal))}.");
        }
        else if (acquirers?.Distinct().Count() < acquirers?.Count)
        {
            body.Error("acquirers", "contradiction", "acquirers must name each acquirer once: it is the order in which they are asked.");
        }

        return acquirers;
    }
}
