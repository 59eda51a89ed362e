using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Testing;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>The ledger as it runs, in the test's process, on databases of its own. Its consumer finds no broker unless it is given one.</summary>
public sealed class LedgerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly IReadOnlyList<string> _databases;

    private LedgerHost(WebApplication app, IReadOnlyList<string> databases)
    {
        (_app, _databases) = (app, databases);
        Http = new HttpClient { BaseAddress = new Uri(app.Configuration["Kestrel:Endpoints:http:Url"]!) };
        _channel = GrpcChannel.ForAddress(app.Configuration["Kestrel:Endpoints:grpc:Url"]!);
        Client = new Contract.Ledger.LedgerClient(_channel);
        Accounts = new Contract.Accounts.AccountsClient(_channel);
        Exchanges = new Contract.Exchanges.ExchangesClient(_channel);
        Operation = new Contract.LedgerOperation.LedgerOperationClient(_channel);
        Http.DefaultRequestHeaders.Add("X-Ops-Key", app.Configuration["OpsKey"]);
        Chain = new Contract.LedgerChain.LedgerChainClient(_channel);
    }

    public Contract.Ledger.LedgerClient Client { get; }

    public Contract.Accounts.AccountsClient Accounts { get; }

    public Contract.Exchanges.ExchangesClient Exchanges { get; }

    public Contract.LedgerOperation.LedgerOperationClient Operation { get; }

    public Contract.LedgerChain.LedgerChainClient Chain { get; }

    public HttpClient Http { get; }

    /// <param name="shards">How many databases.</param>
    /// <param name="settings">Configuration over the defaults.</param>
    public static Task<LedgerHost> StartAsync(int shards = 1, params (string Key, string? Value)[] settings) => StartAsync(TimeProvider.System, shards, settings);

    /// <summary>The same at another time.</summary>
    public static async Task<LedgerHost> StartAsync(TimeProvider time, int shards = 1, params (string Key, string? Value)[] settings)
    {
        var postgres = await PostgresServer.SharedAsync();
        var databases = new List<string>();
        for (var i = 0; i < shards; i++)
        {
            databases.Add(await postgres.CreateDatabaseAsync("ledger"));
        }

        return await StartAsync(time, databases, settings);
    }

    /// <summary>A second process of the same ledger, on the same databases.</summary>
    public Task<LedgerHost> StartAnotherAsync() => StartAsync(TimeProvider.System, _databases, []);

    private static async Task<LedgerHost> StartAsync(TimeProvider time, IReadOnlyList<string> databases, (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(Settings(databases).Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))));
        builder.Services.AddSingleton(time);
        builder.AddLedger();
        var app = builder.Build();
        app.UseLedger();
        await app.StartAsync();
        return new LedgerHost(app, databases);
    }

    /// <summary>The configuration of a ledger on these databases, one for each shard.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Settings(IReadOnlyList<string> databases) =>
    [
        new("Kestrel:Endpoints:http:Url", $"http://127.0.0.1:{FreePort.Next()}"),
        new("Kestrel:Endpoints:http:Protocols", "Http1"),
        new("Kestrel:Endpoints:grpc:Url", $"http://127.0.0.1:{FreePort.Next()}"),
        new("Kestrel:Endpoints:grpc:Protocols", "Http2"),
        new("ConnectionStrings:kafka", "127.0.0.1:1"),
        new("Shards:ledger", $"{databases.Count}"),
        .. databases.Select((database, shard) => KeyValuePair.Create(shard == 0 ? "ConnectionStrings:ledger" : $"ConnectionStrings:ledger-{shard}", (string?)database)),
        new("InternalIdentity:Key", "a key that only tests know, 32 characters"),
        new("OpsKey", "ops key of the tests"),
        new("Ledger:Chain:SigningKey", HeadKeyOfTests.Private),
        new("Ledger:Chain:HeadsDirectory", Directory.CreateTempSubdirectory("payflow-heads-").FullName),
        new("Logging:LogLevel:Default", "Warning"),
    ];

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>The header that the gateway would send for this caller.</summary>
    public string Identity(Id merchant, Mode mode) =>
        Service<InternalIdentity>().Sign(new Caller(merchant, mode, merchant.Slot, "key_test", []));

    /// <summary>Runs a statement in a shard's database, as the superuser unless something is set before.</summary>
    /// <returns>The first value of the first row.</returns>
    public async Task<object?> SqlAsync(string sql, string? before = null, int shard = 0)
    {
        await using var source = NpgsqlDataSource.Create(_databases[shard]);
        await using var connection = await source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        if (before is not null)
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(before));
        }

        batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        return await batch.ExecuteScalarAsync();
    }

    public async Task<long> CountAsync(string sql, int shard = 0) => (long)(await SqlAsync(sql, shard: shard))!;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}

/// <summary>One ledger for the tests of a class, which keep apart by their merchants.</summary>
public sealed class LedgerFixture : IAsyncLifetime
{
    public LedgerHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await LedgerHost.StartAsync(1, ("Ledger:PageSize", "3"));

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
