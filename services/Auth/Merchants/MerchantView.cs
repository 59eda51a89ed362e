using System.ComponentModel;

namespace PayFlow.Auth.Merchants;

/// <summary>A merchant as the API shows it, to itself and to administrators.</summary>
public sealed record MerchantView(
    Id Id,
    string Object,
    string Name,
    [property: Description("IANA name: the zone in which the settlement date is counted.")] string TimeZone,
    [property: Description("ISO 3166-1 alpha-2.")] string? Country,
    string HomeRegion,
    [property: Description("When the settlement day ends, in the merchant's zone. What is captured or refunded from then on belongs to the next date; a change counts from the next capture on.")] string Cutoff,
    [property: Description("What a payment does that doesn't say whether to capture.")] CaptureMode CaptureMode,
    [property: Description("How long an authorization holds.")] int HoldDays,
    [property: Description("Requests per second, of all keys together.")] int RateLimit,
    [property: Description("Acquirers in the order they are asked; empty: as the routing table says.")] IReadOnlyList<string> Acquirers,
    [property: Description("Counts changes; the ETag of the answer.")] long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt)
{
    public static MerchantView Of(Merchant merchant) => new(
        merchant.Id,
        "merchant",
        merchant.Settings.Name,
        merchant.Settings.TimeZone,
        merchant.Settings.Country,
        merchant.Settings.HomeRegion,
        merchant.DayEnd.CutoffText,
        merchant.Settings.CaptureMode,
        merchant.Settings.HoldDays,
        merchant.Settings.RateLimit,
        merchant.Settings.Acquirers,
        merchant.Version,
        merchant.CreatedAt,
        merchant.ChangedAt);
}

/// <summary>What a merchant's own key sees of its account.</summary>
/// <param name="Mode">That of the key.</param>
public sealed record AccountView(MerchantView Merchant, Mode Mode, [property: Description("What the key of this request may do.")] IReadOnlyList<string> Scopes);
