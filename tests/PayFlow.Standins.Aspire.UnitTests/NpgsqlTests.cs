using System.Data.Common;
using Aspire.Npgsql;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace PayFlow.Standins.Aspire.UnitTests;

public sealed class NpgsqlTests
{
    private const string Nowhere = "Host=127.0.0.1;Port=1;Timeout=1;Database=";

    [Fact]
    public void Settings_Sources_TheLastOneCounts()
    {
        var builder = Hosts.With(
            ("Aspire:Npgsql:ConnectionString", "Host=section"), ("Aspire:Npgsql:DisableTracing", "true"),
            ("Aspire:Npgsql:payments:ConnectionString", "Host=named"), ("Aspire:Npgsql:payments:DisableMetrics", "true"),
            ("ConnectionStrings:payments", "Host=connection"));
        NpgsqlSettings? seen = null;

        builder.AddNpgsqlDataSource("payments", settings => seen = settings);
        builder.AddKeyedNpgsqlDataSource("ledger", settings => Assert.Equal("Host=section", settings.ConnectionString));

        Assert.Equal("Host=connection", seen!.ConnectionString);
        Assert.True(seen.DisableTracing);
        Assert.True(seen.DisableMetrics);
        Assert.False(seen.DisableHealthChecks);
    }

    [Fact]
    public void AddNpgsqlDataSource_Resolved_IsOneDataSourceForAllTypes()
    {
        var builder = Hosts.With(("ConnectionStrings:payments", Nowhere + "payments"));
        var configured = 0;
        builder.AddNpgsqlDataSource("payments", configureDataSourceBuilder: source => configured += source.ConnectionStringBuilder.Database == "payments" ? 1 : 100);
        using var host = builder.Build();

        var dataSource = host.Services.GetRequiredService<NpgsqlDataSource>();

        Assert.Same(dataSource, host.Services.GetRequiredService<DbDataSource>());
        using var connection = host.Services.GetRequiredService<NpgsqlConnection>();
        using var another = host.Services.GetRequiredService<DbConnection>();
        Assert.NotSame(connection, another);
        Assert.Equal("payments", another.Database);
        Assert.Equal(1, configured);
    }

    [Fact]
    public void AddNpgsqlDataSource_SecondCall_IsIgnored()
    {
        var builder = Hosts.With(("ConnectionStrings:first", Nowhere + "first"), ("ConnectionStrings:second", Nowhere + "second"));
        builder.AddNpgsqlDataSource("first");
        builder.AddNpgsqlDataSource("second");
        using var host = builder.Build();

        Assert.Contains("Database=first", host.Services.GetRequiredService<NpgsqlDataSource>().ConnectionString, StringComparison.Ordinal);
        Assert.Equal(["PostgreSql"], host.HealthChecks());
    }

    [Fact]
    public void AddKeyedNpgsqlDataSource_TwoKeys_AreTwoDataSources()
    {
        var builder = Hosts.With(("ConnectionStrings:shard0", Nowhere + "zero"), ("ConnectionStrings:shard1", Nowhere + "one"));
        builder.AddKeyedNpgsqlDataSource("shard0");
        builder.AddKeyedNpgsqlDataSource("shard1");
        using var host = builder.Build();

        Assert.Contains("Database=zero", host.Services.GetRequiredKeyedService<NpgsqlDataSource>("shard0").ConnectionString, StringComparison.Ordinal);
        Assert.Contains("Database=one", host.Services.GetRequiredKeyedService<DbDataSource>("shard1").ConnectionString, StringComparison.Ordinal);
        Assert.Null(host.Services.GetService<NpgsqlDataSource>());
        Assert.Equal(["PostgreSql_shard0", "PostgreSql_shard1"], host.HealthChecks());
    }

    [Fact]
    public void DataSource_NoConnectionString_ThrowsWhenResolvedAndNamesTheKey()
    {
        var builder = Hosts.With();
        builder.AddNpgsqlDataSource("payments");
        using var host = builder.Build();

        var failure = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<NpgsqlDataSource>);

        Assert.Contains("ConnectionString is missing. It should be provided in 'ConnectionStrings:payments'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthCheck_NoServer_IsUnhealthy()
    {
        var builder = Hosts.With(("ConnectionStrings:payments", Nowhere + "payments"));
        builder.AddNpgsqlDataSource("payments");
        using var host = builder.Build();

        Assert.Equal(HealthStatus.Unhealthy, (await host.CheckAsync()).Entries["PostgreSql"].Status);
    }

    [Fact]
    public void HealthCheck_Disabled_IsNotRegistered()
    {
        var builder = Hosts.With(("Aspire:Npgsql:payments:DisableHealthChecks", "true"), ("ConnectionStrings:payments", Nowhere));
        builder.Services.AddHealthChecks();
        builder.AddNpgsqlDataSource("payments");
        using var host = builder.Build();

        Assert.Empty(host.HealthChecks());
    }
}
