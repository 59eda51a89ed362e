using System.Globalization;
using Npgsql;
using PayFlow.Testing;

namespace PayFlow.Sandbox.IntegrationTests.Support;

/// <summary>A Sandbox as a process of its own, on a database of its own.</summary>
public sealed class Sandbox : IAsyncDisposable
{
    private readonly ServiceProcess _process;

    private Sandbox(string connectionString, Uri address, params IEnumerable<(string Key, string Value)> settings)
    {
        ConnectionString = connectionString;
        Address = address;
        Dictionary<string, string?> environment = new()
        {
            ["ConnectionStrings__sandbox"] = connectionString,
            ["Kestrel__Endpoints__http__Url"] = address.ToString(),
        };
        foreach (var (key, value) in settings)
            environment[key] = value;
        _process = new ServiceProcess(Repository.Assembly("services/Sandbox/PayFlow.Sandbox.csproj"), environment);
        Northbank = new AcquirerClient(address, "northbank");
        Harbor = new AcquirerClient(address, "harbor");
        Keystone = new AcquirerClient(address, "keystone");
    }

    public Uri Address { get; }

    public string ConnectionString { get; }

    public AcquirerClient Northbank { get; }

    public AcquirerClient Harbor { get; }

    /// <summary>Takes bank accounts.</summary>
    public AcquirerClient Keystone { get; }

    /// <summary>Everything that the process wrote.</summary>
    public IReadOnlyList<string> Log => _process.Log;

    public static async Task<Sandbox> StartNewAsync(params (string Key, string Value)[] settings) =>
        await StartNewAsync(await PostgresServer.SharedAsync(), settings);

    public static async Task<Sandbox> StartNewAsync(PostgresServer postgres, params (string Key, string Value)[] settings)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
        var sandbox = new Sandbox(await postgres.CreateDatabaseAsync("sandbox"), address, settings);
        await sandbox.StartAsync();
        return sandbox;
    }

    /// <summary>Starts it, or starts it again.</summary>
    public async Task StartAsync()
    {
        await _process.StartAsync();
        await _process.WaitForHealthAsync(Address);
    }

    /// <summary><c>kill -9</c>.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>A statement on its database, as the owner: what no caller of the Sandbox can do.</summary>
    public async Task<object?> QueryAsync(string sql, params object[] parameters)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Northbank.Dispose();
        Harbor.Dispose();
        Keystone.Dispose();
        await _process.DisposeAsync();
    }
}
