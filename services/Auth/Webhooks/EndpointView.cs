using System.ComponentModel;
using System.Text.Json.Serialization;

namespace PayFlow.Auth.Webhooks;

/// <summary>A webhook endpoint as the API shows it.</summary>
public sealed record EndpointView
{
    public required Id Id { get; init; }

    public string Object { get; init; } = "webhook_endpoint";

    public required Uri Url { get; init; }

    public string? Description { get; init; }

    [Description("The types of events that it gets; empty: all.")]
    public required IReadOnlyList<string> Types { get; init; }

    public required bool Enabled { get; init; }

    [Description("gone (it answered 410), failing (days without a success) or by_merchant.")]
    public string? DisabledReason { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    [Description("When its failures began, none of them followed by a success.")]
    public DateTimeOffset? FailingSince { get; init; }

    [Description("Shown when it is made and never again: deliveries are signed with it.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Secret { get; init; }

    [Description("Until then deliveries are signed with the previous secret, too.")]
    public DateTimeOffset? PreviousSecretExpiresAt { get; init; }

    public required Mode Mode { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <param name="secret">In clear, in the answer that makes it only.</param>
    public static EndpointView Of(WebhookEndpoint endpoint, DateTimeOffset now, string? secret = null) => new()
    {
        Id = endpoint.Id,
        Url = endpoint.Url,
        Description = endpoint.Description,
        Types = endpoint.Types,
        Enabled = endpoint.Enabled,
        DisabledReason = endpoint.DisabledReason,
        DisabledAt = endpoint.DisabledAt,
        FailingSince = endpoint.FailingSince,
        Secret = secret,
        PreviousSecretExpiresAt = endpoint.Secrets.PreviousExpiresAt > now ? endpoint.Secrets.PreviousExpiresAt : null,
        Mode = endpoint.Mode,
        CreatedAt = endpoint.CreatedAt,
        UpdatedAt = endpoint.UpdatedAt,
    };
}

/// <summary>The answer to a deletion.</summary>
public sealed record DeletedEndpointView(Id Id, string Object, bool Deleted);
