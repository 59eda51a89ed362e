using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using PayFlow.Testing;

namespace PayFlow.Storage.IntegrationTests.Support;

/// <summary>Databases that one test has for itself.</summary>
internal sealed class StorageBed
{
    public const string Role = "payflow_storage_test";

    private StorageBed(IReadOnlyList<string> databases) => Databases = databases;

    /// <summary>Connection strings of the shards, as the owner.</summary>
    public IReadOnlyList<string> Databases { get; }

    public static async Task<StorageBed> MakeAsync(int shards = 1, PostgresServer? own = null)
    {
        var postgres = own ?? await PostgresServer.SharedAsync();
        var databases = new List<string>();
        for (var shard = 0; shard < shards; shard++)
            databases.Add(await postgres.CreateDatabaseAsync("storage"));
        return new StorageBed(databases);
    }

    /// <summary>A host that uses so many of the shards, not started yet.</summary>
    public IHost Build(int? shards = null, Action<HostApplicationBuilder>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(Databases.Select((database, shard) =>
            KeyValuePair.Create($"ConnectionStrings:test{(shard == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{shard}"))}", (string?)database)));
        builder.Configuration["Shards:test"] = (shards ?? Databases.Count).ToString(CultureInfo.InvariantCulture);
        builder.Configuration["Storage:MaxPoolSize"] = "20";
        builder.Logging.AddConsole().SetMinimumLevel(LogLevel.Warning);
        builder.AddShards("test", typeof(StorageBed).Assembly, Role);
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>A host that was started.</summary>
    public async Task<IHost> StartAsync(int? shards = null)
    {
        var host = Build(shards);
        await host.StartAsync();
        return host;
    }

    /// <summary>Connections as the owner.</summary>
    public NpgsqlDataSource Owner(int shard = 0) => NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Databases[shard]) { MaxPoolSize = 5 });

    /// <summary>Asks a shard as its owner.</summary>
    public async Task<T> AskAsync<T>(string sql, int shard = 0)
    {
        await using var source = Owner(shard);
        await using var command = source.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}

internal static class HostShards
{
    public static Shards Shards(this IHost host) => host.Services.GetRequiredService<Shards>();
}
