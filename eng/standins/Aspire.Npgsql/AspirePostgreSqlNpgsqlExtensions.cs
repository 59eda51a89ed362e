using System.Data.Common;
using Aspire;
using Aspire.Npgsql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Microsoft.Extensions.Hosting;

/// <summary>Connects a host to PostgreSQL.</summary>
public static class AspirePostgreSqlNpgsqlExtensions
{
    private const string Section = "Aspire:Npgsql";

    /// <summary>Registers <see cref="NpgsqlDataSource"/>, <see cref="NpgsqlConnection"/> and their base classes, and the health check <c>PostgreSql</c>. A second call is ignored.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="connectionName">The key below <c>ConnectionStrings</c>.</param>
    /// <param name="configureSettings">Runs after configuration was read.</param>
    /// <param name="configureDataSourceBuilder">Runs when the data source is first resolved.</param>
    public static void AddNpgsqlDataSource(this IHostApplicationBuilder builder, string connectionName, Action<NpgsqlSettings>? configureSettings = null, Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        var settings = Read(builder, connectionName, configureSettings);

        builder.Services.TryAddSingleton(services => Build(services, settings, connectionName, configureDataSourceBuilder));
        builder.Services.TryAddSingleton<DbDataSource>(services => services.GetRequiredService<NpgsqlDataSource>());
        builder.Services.TryAddTransient(services => services.GetRequiredService<NpgsqlDataSource>().CreateConnection());
        builder.Services.TryAddTransient<DbConnection>(services => services.GetRequiredService<NpgsqlConnection>());

        if (!settings.DisableHealthChecks)
            builder.TryAddHealthCheck("PostgreSql", services => new NpgsqlHealthCheck(services.GetRequiredService<NpgsqlDataSource>()));
    }

    /// <summary>As <see cref="AddNpgsqlDataSource"/>, registered under the key <paramref name="name"/>, with the health check <c>PostgreSql_{name}</c>.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="name">The service key and the key below <c>ConnectionStrings</c>.</param>
    /// <param name="configureSettings">Runs after configuration was read.</param>
    /// <param name="configureDataSourceBuilder">Runs when the data source is first resolved.</param>
    public static void AddKeyedNpgsqlDataSource(this IHostApplicationBuilder builder, string name, Action<NpgsqlSettings>? configureSettings = null, Action<NpgsqlDataSourceBuilder>? configureDataSourceBuilder = null)
    {
        var settings = Read(builder, name, configureSettings);

        builder.Services.TryAddKeyedSingleton(name, (services, _) => Build(services, settings, name, configureDataSourceBuilder));
        builder.Services.TryAddKeyedSingleton<DbDataSource>(name, (services, key) => services.GetRequiredKeyedService<NpgsqlDataSource>(key));
        builder.Services.TryAddKeyedTransient(name, (services, key) => services.GetRequiredKeyedService<NpgsqlDataSource>(key).CreateConnection());
        builder.Services.TryAddKeyedTransient<DbConnection>(name, (services, key) => services.GetRequiredKeyedService<NpgsqlConnection>(key));

        if (!settings.DisableHealthChecks)
            builder.TryAddHealthCheck($"PostgreSql_{name}", services => new NpgsqlHealthCheck(services.GetRequiredKeyedService<NpgsqlDataSource>(name)));
    }

    private static NpgsqlSettings Read(IHostApplicationBuilder builder, string name, Action<NpgsqlSettings>? configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);

        var settings = new NpgsqlSettings();
        var section = builder.Configuration.GetSection(Section);
        section.Bind(settings);
        section.GetSection(name).Bind(settings);
        settings.ConnectionString = builder.Configuration.GetConnectionString(name) ?? settings.ConnectionString;
        configure?.Invoke(settings);
        return settings;
    }

    private static NpgsqlDataSource Build(IServiceProvider services, NpgsqlSettings settings, string name, Action<NpgsqlDataSourceBuilder>? configure)
    {
        if (string.IsNullOrWhiteSpace(settings.ConnectionString))
        {
            throw new InvalidOperationException(
                $"ConnectionString is missing. It should be provided in 'ConnectionStrings:{name}' or under the 'ConnectionString' key in '{Section}' or '{Section}:{name}' configuration section.");
        }

        var dataSource = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        dataSource.UseLoggerFactory(services.GetService<ILoggerFactory>());
        configure?.Invoke(dataSource);
        return dataSource.Build();
    }
}
