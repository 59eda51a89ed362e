using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace PayFlow.Storage.Migrations;

/// <summary>
/// Brings the schema of one database up, or back down, as its owner. One process at a time does so; each script runs once, in a transaction of its
/// own together with the note that it ran.
/// </summary>
internal sealed partial class SchemaMigrator
{
    private readonly string _connectionString;
    private readonly string _role;
    private readonly IReadOnlyList<SchemaModule> _modules;
    private readonly ILogger _logger;

    /// <param name="connectionString">Connects as the owner of the database.</param>
    /// <param name="role">The role that the service works as: <c>[a-z_][a-z0-9_]*</c>.</param>
    /// <param name="modules">The modules, in the order in which their scripts run.</param>
    /// <param name="logger">Says what runs.</param>
    public SchemaMigrator(string connectionString, string role, IReadOnlyList<SchemaModule> modules, ILogger logger)
    {
        if (!RoleName().IsMatch(role))
            throw new SchemaException($"'{role}' is no name for a role: lower-case letters, digits and underscores.");
        _connectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
        _role = role;
        _modules = modules;
        _logger = logger;
    }

    /// <summary>Runs every script that has not run yet.</summary>
    /// <exception cref="SchemaException">A script that ran reads differently now, or scripts would run out of order. Nothing was changed.</exception>
    /// <exception cref="PostgresException">A script failed; the ones before it are done.</exception>
    public async Task UpAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        var ran = (await SchemaSql.RanAsync(connection, ct)).ToLookup(script => script.Module);
        var due = _modules.SelectMany(module => Due(module, [.. ran[module.Name]]).Select(script => (module.Name, script))).ToList();
        foreach (var (module, script) in due)
        {
            LogUp(module, script);
            await SchemaSql.UpAsync(connection, module, script, _role, ct);
        }
    }

    /// <summary>Takes back a module's scripts above a version, the latest first.</summary>
    /// <exception cref="SchemaException">A script that ran is not known here, so neither is its way back.</exception>
    public async Task DownAsync(string module, int toVersion, CancellationToken ct)
    {
        var scripts = _modules.Single(known => known.Name == module).Scripts;
        await using var connection = await OpenAsync(ct);
        foreach (var ran in (await SchemaSql.RanAsync(connection, ct)).Where(ran => ran.Module == module && ran.Version > toVersion).Reverse())
        {
            var script = scripts.FirstOrDefault(script => script.Version == ran.Version)
                ?? throw new SchemaException($"{module}: script {ran.Version:0000}_{ran.Name} ran at {ran.RanAt:u} but is not part of this program, so it can't be taken back by it.");
            LogDown(module, script);
            await SchemaSql.DownAsync(connection, module, script, _role, ct);
        }
    }

    /// <summary>Opens a connection as the owner that no other migrator can work beside.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var connection = new NpgsqlConnection(_connectionString);
        try
        {
            await connection.OpenAsync(ct);
            await SchemaSql.LockAsync(connection, ct);
            await SchemaSql.PrepareAsync(connection, _role, ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private List<SchemaScript> Due(SchemaModule module, IReadOnlyList<RanScript> ran)
    {
        var byVersion = ran.ToDictionary(script => script.Version);
        var last = ran.Select(script => script.Version).DefaultIfEmpty().Max();
        var due = new List<SchemaScript>();
        foreach (var script in module.Scripts)
        {
            if (!byVersion.Remove(script.Version, out var before))
            {
                if (script.Version < last)
                    throw new SchemaException($"{module.Name}: script {script} has not run, but {last:0000} has. Give it the next free number.");
                due.Add(script);
            }
            else if (before.Checksum != script.Checksum)
            {
                throw new SchemaException(
                    $"{module.Name}: script {script} ran at {before.RanAt:u} and reads differently now (checksum {before.Checksum[..12]}…, now {script.Checksum[..12]}…). "
                    + "What ran is never edited: restore it and put the change into a new script.");
            }
        }

        // A newer version of the service has been here: fine while it is rolled out or back, as its scripts must let the older one work.
        foreach (var newer in byVersion.Values)
            LogNewer(module.Name, newer.Version, newer.Name);
        return due;
    }

    [GeneratedRegex("^[a-z_][a-z0-9_]{0,62}$")]
    private static partial Regex RoleName();

    [LoggerMessage(Level = LogLevel.Information, Message = "Schema of {Module}: running {Script}")]
    private partial void LogUp(string module, SchemaScript script);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schema of {Module}: taking back {Script}")]
    private partial void LogDown(string module, SchemaScript script);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Schema of {Module}: {Version:0000}_{Name} ran here but is not part of this program; a newer version of it did that")]
    private partial void LogNewer(string module, int version, string name);
}
