using System.Globalization;
using Npgsql;

namespace PayFlow.Testing;

/// <summary>A PostgreSQL server of its own, durable as in production (fsync on).</summary>
public sealed class PostgresServer : LocalServer
{
    private const string Password = "payflow-tests";

    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartNewAsync);
    private static int _lastDatabase;

    private PostgresServer() : base("postgres")
    {
    }

    /// <summary>Starts a server of the caller's own, to be killed and disposed at will.</summary>
    public static async Task<PostgresServer> StartNewAsync()
    {
        var server = new PostgresServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>The server that all tests of this process share: started when first asked for, gone when the process ends. Not to be killed.</summary>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Connects to a database of this server as its superuser.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Password = Password,
        Database = database,
        MaxPoolSize = 40,           // several pools share the server's 200 connections
        IncludeErrorDetail = true,
    }.ConnectionString;

    /// <summary>Creates an empty database that nobody else has.</summary>
    /// <param name="name">What its name begins with.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        var unique = string.Create(CultureInfo.InvariantCulture, $"{name}_{Interlocked.Increment(ref _lastDatabase)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE DATABASE \"{unique.Replace("\"", "\"\"", StringComparison.Ordinal)}\" TEMPLATE template0", connection);
        await command.ExecuteNonQueryAsync();
        return ConnectionString(unique);
    }

    private protected override IEnumerable<KeyValuePair<string, string?>> Environment =>
        [new("PAYFLOW_PG_PASSWORD", Password), new("PAYFLOW_PG_DATABASES", null)];

    // The port of a server that is about to be ready is open, too.
    private protected override async Task<bool> AnswersAsync()
    {
        try
        {
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false }.ConnectionString);
            await connection.OpenAsync();
            return true;
        }
        catch (NpgsqlException refused) when (refused.IsTransient || refused.InnerException is System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
