namespace PayFlow.Auth.Payments;

/// <summary>The header <c>Prefer</c> (RFC 7240).</summary>
internal static class Prefer
{
    /// <summary>What the answer says when the preference was met.</summary>
    public const string Applied = "respond-async";

    public static bool RespondAsync(HttpRequest request) => request.Headers["Prefer"]
        .SelectMany(line => (line ?? "").Split(','))
        .Any(preference => preference.Split(';')[0].Trim().Equals(Applied, StringComparison.OrdinalIgnoreCase));
}
