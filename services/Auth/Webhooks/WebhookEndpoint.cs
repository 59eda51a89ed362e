using System.Collections.Immutable;

namespace PayFlow.Auth.Webhooks;

/// <summary>Where a merchant wants to be told what happens.</summary>
public sealed record WebhookEndpoint
{
    /// <summary>It answered 410.</summary>
    public const string Gone = "gone";

    /// <summary>It failed for days without a single success.</summary>
    public const string Failing = "failing";

    /// <summary>The merchant disabled it.</summary>
    public const string ByMerchant = "by_merchant";

    public required Id Id { get; init; }

    public required Id MerchantId { get; init; }

    public required Mode Mode { get; init; }

    public required Uri Url { get; init; }

    public string? Description { get; init; }

    /// <summary>The types of events that it gets; empty: all.</summary>
    public ImmutableArray<string> Types { get; init; } = [];

    /// <summary>Why nothing is delivered to it; null when it is enabled.</summary>
    public string? DisabledReason { get; init; }

    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>When its failures began, none of them followed by a success.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    public required EndpointSecrets Secrets { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    public bool Enabled => DisabledReason is null;

    public WebhookEndpoint Disable(string reason, DateTimeOffset now) => Enabled ? this with { DisabledReason = reason, DisabledAt = now } : this;

    /// <summary>It starts anew: what happened while it was disabled is in the feed and is not delivered.</summary>
    public WebhookEndpoint Enable() => this with { DisabledReason = null, DisabledAt = null, FailingSince = null };
}

/// <summary>An endpoint's secrets as the database has them, sealed with a data key of the endpoint's own.</summary>
/// <param name="KekId">The key-encrypting key that sealed the data key.</param>
/// <param name="Previous">The one before, which still signs until <paramref name="PreviousExpiresAt"/>.</param>
public sealed record EndpointSecrets(string KekId, byte[] DataKey, byte[] Current, byte[]? Previous, DateTimeOffset? PreviousExpiresAt);
