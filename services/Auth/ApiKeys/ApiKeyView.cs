using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PayFlow.Auth.ApiKeys;

/// <summary>A key as the API shows it.</summary>
public sealed record ApiKeyView(
    Id Id,
    string Object,
    string? Name,
    Mode Mode,
    ApiKeyStatus Status,
    [property: Description("The beginning of the key, which says its mode.")] string Prefix,
    [property: Description("The end of the key, to recognize it by.")] string Last4,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    [property: Description("From then on it is refused.")] DateTimeOffset? ExpiresAt,
    [property: Description("To the minute or two; null when it never was.")] DateTimeOffset? LastUsedAt,
    DateTimeOffset? RevokedAt,
    [property: Description("The key that was made in its place.")] Id? ReplacedBy)
{
    /// <summary>The key itself: in the answer that makes it, and never again.</summary>
    [Description("The key itself. It is shown in this answer and never again, also not when the request is repeated: keep it.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    public static ApiKeyView Of(ApiKey key, DateTimeOffset now) => new(
        key.Id,
        "api_key",
        key.Name,
        key.Mode,
        key.StatusAt(now),
        key.Prefix,
        key.Last4,
        key.Scopes,
        key.CreatedAt,
        key.ExpiresAt,
        key.LastUsedAt,
        key.RevokedAt,
        key.ReplacedBy);
}
