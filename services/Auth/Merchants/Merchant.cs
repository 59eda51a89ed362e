namespace PayFlow.Auth.Merchants;

/// <summary>A merchant and its settings.</summary>
/// <param name="TimeZone">IANA name: the zone in which its settlement date is counted.</param>
/// <param name="CaptureAutomatically">What a payment does that doesn't say.</param>
/// <param name="HoldDays">How long an authorization holds.</param>
/// <param name="RateLimit">Requests per second that the gateway lets through.</param>
/// <param name="Acquirers">Acquirers in the order they are to be asked; empty: as the routing table says.</param>
public sealed record Merchant(Id Id, string Name, string TimeZone, bool CaptureAutomatically, int HoldDays, int RateLimit, IReadOnlyList<string> Acquirers, DateTimeOffset CreatedAt)
{
    public TimeSpan Hold => TimeSpan.FromDays(HoldDays);
}
