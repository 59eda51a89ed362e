using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using PayFlow.Storage.Migrations;

namespace PayFlow.Storage;

/// <summary>Registers databases.</summary>
public static class StorageModule
{
    private const int MaxShards = 1_000;

    /// <summary>
    /// Adds the shards of a database: <c>ConnectionStrings:{database}</c> is shard 0, <c>ConnectionStrings:{database}-1</c> and on are the others, as
    /// many as <c>Shards:{database}</c> says (1 unless told). Registers <see cref="Shards"/>, also keyed by the database's name. Before any hosted
    /// service starts, every shard's schema is brought up as the owner of the database; all other work runs as <paramref name="role"/>.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="database">Name of the database.</param>
    /// <param name="schema">The assembly that embeds <c>Schema/0001_name.up.sql</c> and <c>.down.sql</c>.</param>
    /// <param name="role">The role that the service works as. It cannot log in and owns nothing; scripts grant it rights as <c>${role}</c>.</param>
    public static void AddShards(this IHostApplicationBuilder builder, string database, Assembly schema, string role)
    {
        var options = AddOptions(builder);
        var names = ShardNames(builder.Configuration, database);
        foreach (var name in names)
        {
            builder.AddKeyedNpgsqlDataSource(name, static settings => settings.DisableTracing = settings.DisableMetrics = true,
                source => WorkAs(role, options, source.ConnectionStringBuilder));
        }

        builder.Services.AddSingleton(services => new ShardedDatabase(database, role, schema.GetName().Name!, [.. names.Select(name => builder.Configuration.GetConnectionString(name)
            ?? throw new InvalidOperationException($"ConnectionStrings:{name} is missing: database {database} has {names.Count} shards."))]));
        builder.AddSchema(database, typeof(StorageModule).Assembly);
        builder.AddSchema(database, schema);

        builder.Services.TryAddKeyedSingleton(database, (services, _) =>
        {
            var sources = names.Select(name => services.GetRequiredKeyedService<NpgsqlDataSource>(name)).ToList();
            var map = new SlotMap(sources);
            return new Shards(database, [.. sources.Select((source, number) => new Shard(database, number, source, map))], map);
        });
        builder.Services.TryAddSingleton(services => services.GetRequiredKeyedService<Shards>(database));
    }

    /// <summary>Registers <see cref="SlotMove"/> for the shards of a database, which were added before.</summary>
    public static void AddSlotMove(this IHostApplicationBuilder builder, string database)
    {
        builder.Services.AddSingleton(services => new SlotOwnersDoor(services.GetServices<ShardedDatabase>().Single(sharded => sharded.Name == database)));
        builder.Services.AddSingleton(services => new SlotMove(services.GetRequiredService<SlotOwnersDoor>().Shards));
    }

    /// <summary>Keeps an assembly's tables (<c>Schema/*.sql</c>) in a database too. A library calls it; twice does nothing more.</summary>
    public static void AddSchema(this IHostApplicationBuilder builder, string database, Assembly schema)
    {
        var module = SchemaModule.From(database, schema);
        var isKnown = builder.Services.Any(service => service.ImplementationInstance is SchemaModule known && known.Database == database && known.Name == module.Name);
        if (!isKnown)
            builder.Services.AddSingleton(module);
    }

    private static StorageOptions AddOptions(IHostApplicationBuilder builder)
    {
        var section = builder.Configuration.GetSection("Storage");
        builder.Services.AddOptions<StorageOptions>().Bind(section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.TryAddSingleton(services => services.GetRequiredService<IOptions<StorageOptions>>().Value);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, SchemaStartup>());
        builder.Logging.AddFilter("Npgsql.Command", LogLevel.Warning);   // it tells of every command at Information
        return section.Get<StorageOptions>() ?? new StorageOptions();
    }

    private static List<string> ShardNames(IConfiguration configuration, string database)
    {
        var text = configuration[$"Shards:{database}"];
        var count = 1;
        if (text is not null && (!int.TryParse(text, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxShards))
            throw new InvalidOperationException($"Shards:{database} is '{text}': it must be a number from 1 to {MaxShards}.");
        return [database, .. Enumerable.Range(1, count - 1).Select(number => $"{database}-{number}")];
    }

    private static void WorkAs(string role, StorageOptions options, NpgsqlConnectionStringBuilder connection)
    {
        // Planned once per connection: these are short statements by key, and planning them for each call's arrays costs more than running them.
        // Compiled never: where the planner must guess how many rows there will be, compiling takes a second and running a millisecond.
        // By index wherever there is one: a plan that was made while a table was empty (a new system, a new month) would read all of it, batch after batch, until it is analyzed.
        connection.Options = $"{connection.Options} -c role={role} -c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off".TrimStart();
        connection.ApplicationName ??= role;
        connection.CommandTimeout = options.CommandTimeoutSeconds;
        connection.Timeout = options.ConnectTimeoutSeconds;
        connection.MaxPoolSize = options.MaxPoolSize;
        connection.MaxAutoPrepare = options.MaxPrepared;
        connection.AutoPrepareMinUsages = 2;
        connection.NoResetOnClose = true;   // nothing of a session is ever set but for a transaction, and a reset is seven statements
    }
}

/// <summary>A database that was registered, with the owner's way in to each of its shards.</summary>
internal sealed record ShardedDatabase(string Name, string Role, string Module, IReadOnlyList<string> ConnectionStrings);

/// <summary>Connections to the shards as their owner, few and only while a slot is moved.</summary>
internal sealed class SlotOwnersDoor(ShardedDatabase database) : IAsyncDisposable
{
    // What is copied may take long; who wants it to end cancels.
    private const int NoTimeout = 0;

    public IReadOnlyList<NpgsqlDataSource> Shards { get; } = [.. database.ConnectionStrings.Select(connection => NpgsqlDataSource.Create(
        new NpgsqlConnectionStringBuilder(connection) { ApplicationName = "slot move", CommandTimeout = NoTimeout, MaxPoolSize = 4, Options = "-c jit=off" }))];

    public async ValueTask DisposeAsync()
    {
        foreach (var shard in Shards)
        {
            await shard.DisposeAsync();
        }
    }
}
