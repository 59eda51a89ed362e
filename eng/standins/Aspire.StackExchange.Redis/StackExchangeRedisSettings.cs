namespace Aspire.StackExchange.Redis;

/// <summary>Settings of the Redis client, read from <c>Aspire:StackExchange:Redis</c> and <c>Aspire:StackExchange:Redis:{name}</c>.</summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>The connection string. <c>ConnectionStrings:{name}</c> goes before what the sections say.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether to leave out the health check.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Whether the integration adds no traces. This stand-in never adds any.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Whether to connect when the multiplexer is first resolved (the default) instead of when the host starts.</summary>
    public bool DisableAutoActivation { get; set; } = true;
}
