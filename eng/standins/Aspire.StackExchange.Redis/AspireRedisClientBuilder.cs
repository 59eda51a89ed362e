using Microsoft.Extensions.Hosting;

namespace Aspire.StackExchange.Redis;

/// <summary>What further Redis features of a host build on.</summary>
/// <param name="hostBuilder">The host.</param>
/// <param name="settings">The settings after configuration and code were applied.</param>
/// <param name="serviceKey">The key of the multiplexer, or null for the one without.</param>
public sealed class AspireRedisClientBuilder(IHostApplicationBuilder hostBuilder, StackExchangeRedisSettings settings, string? serviceKey)
{
    /// <summary>The host.</summary>
    public IHostApplicationBuilder HostBuilder { get; } = hostBuilder ?? throw new ArgumentNullException(nameof(hostBuilder));

    /// <summary>The settings after configuration and code were applied.</summary>
    public StackExchangeRedisSettings Settings { get; } = settings ?? throw new ArgumentNullException(nameof(settings));

    /// <summary>The key of the multiplexer, or null for the one without.</summary>
    public string? ServiceKey { get; } = serviceKey;
}
