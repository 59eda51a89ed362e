using System.Net;
using Aspire.StackExchange.Redis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace PayFlow.Standins.Aspire.UnitTests;

public sealed class RedisTests
{
    private const string Nowhere = "127.0.0.1:1,connectTimeout=200";

    [Fact]
    public void Settings_Sources_TheLastOneCounts()
    {
        var builder = Hosts.With(
            ("Aspire:StackExchange:Redis:ConnectionString", "section:1"), ("Aspire:StackExchange:Redis:DisableTracing", "true"),
            ("Aspire:StackExchange:Redis:cache:ConnectionString", "named:1"), ("Aspire:StackExchange:Redis:cache:DisableHealthChecks", "true"),
            ("ConnectionStrings:cache", "connection:1"));

        var client = builder.AddRedisClientBuilder("cache");
        var keyed = builder.AddKeyedRedisClientBuilder("windows");

        Assert.Equal("connection:1", client.Settings.ConnectionString);
        Assert.True(client.Settings.DisableTracing);
        Assert.True(client.Settings.DisableHealthChecks);
        Assert.True(client.Settings.DisableAutoActivation);
        Assert.Null(client.ServiceKey);
        Assert.Same(builder, client.HostBuilder);
        Assert.Equal("section:1", keyed.Settings.ConnectionString);
        Assert.Equal("windows", keyed.ServiceKey);
    }

    [Fact]
    public void Options_ConnectionStringSectionAndCode_AddUp()
    {
        var builder = Hosts.With(
            ("ConnectionStrings:cache", "127.0.0.1:6380,connectTimeout=100"),
            ("Aspire:StackExchange:Redis:ConfigurationOptions:ConnectTimeout", "200"),
            ("Aspire:StackExchange:Redis:cache:ConfigurationOptions:ConnectRetry", "7"));
        builder.AddRedisClient("cache", configureOptions: options => options.ClientName = "payflow");
        using var host = builder.Build();

        var options = host.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value;

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 6380), Assert.Single(options.EndPoints));
        Assert.Equal(200, options.ConnectTimeout);
        Assert.Equal(7, options.ConnectRetry);
        Assert.Equal("payflow", options.ClientName);
    }

    [Theory]
    [InlineData("127.0.0.1:1", false)]
    [InlineData("127.0.0.1:1,abortConnect=true", true)]
    public void Options_ServerAway_IsNoReasonToGiveUpUnlessToldSo(string connectionString, bool abort)
    {
        var builder = Hosts.With(("ConnectionStrings:cache", connectionString));
        builder.AddRedisClient("cache");
        using var host = builder.Build();

        Assert.Equal(abort, host.Services.GetRequiredService<IOptions<ConfigurationOptions>>().Value.AbortOnConnectFail);
    }

    [Fact]
    public void Options_OfKeyedClients_AreNamed()
    {
        var builder = Hosts.With(("ConnectionStrings:cache", "127.0.0.1:1"), ("ConnectionStrings:windows", "127.0.0.1:2"));
        builder.AddKeyedRedisClient("cache");
        builder.AddKeyedRedisClient("windows");
        using var host = builder.Build();
        var options = host.Services.GetRequiredService<IOptionsMonitor<ConfigurationOptions>>();

        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 1), Assert.Single(options.Get("cache").EndPoints));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 2), Assert.Single(options.Get("windows").EndPoints));
        Assert.Equal(["StackExchange.Redis_cache", "StackExchange.Redis_windows"], host.HealthChecks());
    }

    [Fact]
    public void Multiplexer_NoConnectionString_ThrowsWhenResolvedAndNamesTheKey()
    {
        var builder = Hosts.With();
        builder.AddRedisClient("cache");
        using var host = builder.Build();

        var failure = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConnectionMultiplexer>);

        Assert.Contains("No endpoints specified. Ensure a valid connection string was provided in 'ConnectionStrings:cache'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_NoServer_IsUnhealthy()
    {
        var builder = Hosts.With(("ConnectionStrings:cache", Nowhere));
        builder.AddRedisClient("cache");
        using var host = builder.Build();

        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync()).Entries["StackExchange.Redis"].Status);
    }

    [Fact]
    public async Task AutoActivation_SwitchedOn_ConnectsWhenTheHostStarts()
    {
        var builder = Hosts.With();   // without an endpoint connecting fails, which shows that it was tried
        builder.AddRedisClient("cache", settings => settings.DisableAutoActivation = false);
        using var host = builder.Build();

        await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync());
    }
}
