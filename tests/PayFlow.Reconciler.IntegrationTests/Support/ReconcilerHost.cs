using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PayFlow.Contracts.Events.V1;
using PayFlow.Contracts.Reconciler.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.Reconciler.Events;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Storage;
using PayFlow.Testing;

namespace PayFlow.Reconciler.IntegrationTests.Support;

/// <summary>Reconciler as it runs, in the test's process, on a database of its own.</summary>
public sealed class ReconcilerHost : IAsyncDisposable
{
    private const string NoBroker = "127.0.0.1:1";
    private static readonly string[] OfNotices = ["dispute", "debit_returned", "exception_resolved"];
    private static readonly Uri Nobody = new("http://127.0.0.1:1");

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly NpgsqlDataSource _owner;
    private readonly string _database;
    private readonly Uri _acquirers;

    private ReconcilerHost(WebApplication app, string database, Uri acquirers)
    {
        (_app, _database, _acquirers) = (app, database, acquirers);
        _owner = NpgsqlDataSource.Create(database);
        Http = new HttpClient { BaseAddress = new Uri(app.Configuration["Kestrel:Endpoints:http:Url"]!) };
        _channel = GrpcChannel.ForAddress(app.Configuration["Kestrel:Endpoints:grpc:Url"]!);
        Grpc = new Reconciliation.ReconciliationClient(_channel);
    }

    public HttpClient Http { get; }

    public Reconciliation.ReconciliationClient Grpc { get; }

    /// <summary>Without a broker nothing is consumed: the test hands the events over itself. Without acquirers nobody is asked for notices.</summary>
    /// <param name="explainWithin">How long a notice may wait for what it tells of.</param>
    public static async Task<ReconcilerHost> StartAsync(Broker? broker = null, Uri? acquirers = null, TimeSpan? explainWithin = null)
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync("reconciliation");
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = Path.GetTempPath() });   // no appsettings but the tests' own
        var settings = Settings(database, broker?.Address ?? NoBroker, acquirers ?? Nobody);
        if (acquirers is not null)
        {
            settings["Reconciler:Notices:Acquirers:0"] = "northbank";
        }

        settings["Reconciler:Notices:ExplainWithin"] = (explainWithin ?? TimeSpan.FromHours(1)).ToString();
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddReconciler();
        var app = builder.Build();
        app.UseReconciler();
        await app.StartAsync();
        return new ReconcilerHost(app, database, acquirers ?? Nobody);
    }

    /// <summary>A Reconciler that runs as a process of its own on this host's database, with crash points.</summary>
    public ServiceProcess NewProcess(Broker broker, string crashPoints, out Uri address)
    {
        var environment = Settings(_database, broker.Address, _acquirers).ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
        environment["PayFlow__CrashPoints"] = crashPoints;
        address = new Uri(environment["Kestrel__Endpoints__http__Url"]!);
        return new ServiceProcess(Repository.Assembly("services/Reconciler/PayFlow.Reconciler.csproj"), environment);
    }

    /// <summary>From now on this host only looks into the database; what runs there is another process.</summary>
    public Task StopAsync() => _app.StopAsync();

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Hands events to the consumer as one poll, without the inbox that would skip what it has seen.</summary>
    public async Task ApplyAsync(params ReceivedEvent[] events)
    {
        await using var transaction = await Service<Shards>().All[0].BeginAsync(CancellationToken.None, events.Select(received => received.Slot));
        await Service<SettlementEventsConsumer>().ApplyAsync(events, transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>Everything that is written about a batch, as text.</summary>
    public async Task<string> BooksAsync(Report report) => (string)(await SqlAsync(
        """
        SELECT concat_ws(E'\n',
            (SELECT string_agg(r::text, E'\n' ORDER BY r.item_id) FROM records r WHERE r.batch_id = $1), (SELECT string_agg(l::text, E'\n' ORDER BY l.line_number) FROM lines l WHERE l.batch_id = $1),
            (SELECT string_agg(d::text, E'\n' ORDER BY d.ordinal) FROM deposits d WHERE d.batch_id = $1), (SELECT string_agg(e::text, E'\n' ORDER BY e.id) FROM exceptions e WHERE e.batch_id = $1),
            (SELECT string_agg(concat_ws('/', o.aggregate, o.sequence, o.type, o.payload), E'\n' ORDER BY o.aggregate, o.sequence) FROM outbox o WHERE o.slot = $2))
        """,
        report.Batch.Value, (short)report.Batch.Slot.Number))!;

    /// <summary>State and settled amount of an item.</summary>
    public async Task<(string State, long Settled)> RecordAsync(Submitted item)
    {
        await using var command = Command("SELECT state, settled FROM records WHERE item_id = $1", item.Id.Value);
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync(), $"{item.Id} is not known.");
        return (reader.GetString(0), reader.GetInt64(1));
    }

    /// <summary>Kind, state, expected and actual of a merchant's exceptions, in order of kind and amounts.</summary>
    public async Task<List<(string Kind, string State, long Expected, long Actual)>> ExceptionsAsync(Report report)
    {
        var exceptions = new List<(string, string, long, long)>();
        await using var command = Command("SELECT kind, state, expected, actual FROM exceptions WHERE merchant_id = $1 ORDER BY kind, expected, actual", report.Merchant.Value);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            exceptions.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        }

        return exceptions;
    }

    /// <summary>What was told of a batch's slot, by aggregate. Fails where an aggregate's order has a gap.</summary>
    public async Task<Dictionary<Guid, List<ReconciliationEvent>>> ToldAsync(Report report)
    {
        var told = new Dictionary<Guid, List<ReconciliationEvent>>();
        await using var command = Command(
            "SELECT aggregate, sequence, payload, trace_parent, type FROM outbox WHERE topic = 'reconciliation.events' AND slot = $1 ORDER BY aggregate, sequence", (short)report.Batch.Slot.Number);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var events = told.TryGetValue(reader.GetGuid(0), out var known) ? known : told[reader.GetGuid(0)] = [];
            Assert.Equal(events.Count + 1, reader.GetInt64(1));
            if (!reader.IsDBNull(3) || !OfNotices.Any(reader.GetString(4).Contains))   // what comes of a notice comes of no event
            {
                Assert.Equal(report.Events[0].TraceParent, reader.GetString(3));
            }

            events.Add(ReconciliationEvent.Parser.ParseFrom(reader.GetFieldValue<byte[]>(2)));
        }

        return told;
    }

    /// <summary>Runs a statement as the owner, and answers its first value.</summary>
    public async Task<object?> SqlAsync(string sql, params object[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Runs a statement in the service's role.</summary>
    public async Task ExecuteInRoleAsync(string sql)
    {
        await using var command = Service<Shards>().All[0].Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A request as the gateway would send it for a merchant.</summary>
    public async Task<HttpResponseMessage> GetAsync(string path, Id merchant, Mode mode = Mode.Test)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(InternalIdentity.Header, Service<InternalIdentity>().Sign(new Caller(merchant, mode, merchant.Slot, "key_test", [])));
        return await Http.SendAsync(request);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        await _owner.DisposeAsync();
    }

    private static Dictionary<string, string?> Settings(string database, string kafka, Uri acquirers) => new()
    {
        ["Kestrel:Endpoints:http:Url"] = $"http://127.0.0.1:{FreePort.Next()}",
        ["Kestrel:Endpoints:http:Protocols"] = "Http1",
        ["Kestrel:Endpoints:grpc:Url"] = $"http://127.0.0.1:{FreePort.Next()}",
        ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
        ["ConnectionStrings:reconciliation"] = database,
        ["ConnectionStrings:kafka"] = kafka,
        ["Messaging:SessionTimeoutMs"] = "2000",
        ["InternalIdentity:Key"] = "a key that only tests know, 32 characters",
        ["services:sandbox:http:0"] = acquirers.ToString(),
        ["Reconciler:Notices:Poll"] = "00:00:00.050",
        ["Reconciler:Notices:MaxPause"] = "00:00:00.200",
        ["Acquirers:Resilience:Retries"] = "0",
        ["Acquirers:Resilience:BreakAfter"] = "1000",
        ["OpsKey"] = "ops key of the tests",
        ["Logging:LogLevel:Default"] = Environment.GetEnvironmentVariable("TEST_LOG") ?? "None",
    };

    private NpgsqlCommand Command(string sql, params object[] parameters)
    {
        var command = _owner.CreateCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        }

        return command;
    }
}

/// <summary>One Reconciler for all tests that keep apart by their merchants.</summary>
public sealed class SharedReconciler : IAsyncLifetime
{
    public const string Name = "shared reconciler";

    public ReconcilerHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await ReconcilerHost.StartAsync();

    public async Task DisposeAsync() => await Host.DisposeAsync();

    [CollectionDefinition(Name)]
    public sealed class Collection : ICollectionFixture<SharedReconciler>;
}
