using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PayFlow.Batch.Batches;
using PayFlow.Batch.Events;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Storage;
using PayFlow.Testing;

namespace PayFlow.Batch.IntegrationTests.Support;

/// <summary>Batch as it runs, in the test's process, on a database of its own.</summary>
public sealed class BatchHost : IAsyncDisposable
{
    public const string OpsKey = "ops key of the tests";

    private const string NoBroker = "127.0.0.1:1";

    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly NpgsqlDataSource _owner;
    private readonly string _database;
    private readonly SandboxProcess _sandbox;

    private BatchHost(WebApplication app, string database, SandboxProcess sandbox)
    {
        (_app, _database, _sandbox) = (app, database, sandbox);
        _owner = NpgsqlDataSource.Create(database);
        Http = new HttpClient { BaseAddress = new Uri(app.Configuration["Kestrel:Endpoints:http:Url"]!) };
        _channel = GrpcChannel.ForAddress(app.Configuration["Kestrel:Endpoints:grpc:Url"]!);
        Grpc = new Settlement.SettlementClient(_channel);
        Worker = ActivatorUtilities.CreateInstance<SettlementWorker>(app.Services);
    }

    public HttpClient Http { get; }

    public Settlement.SettlementClient Grpc { get; }

    /// <summary>A worker that works only when the test tells it to.</summary>
    internal SettlementWorker Worker { get; }

    /// <summary>Without a broker nothing is consumed and no worker runs: the test makes every step itself.</summary>
    public static async Task<BatchHost> StartAsync(SandboxProcess sandbox, Broker? broker = null, params (string Key, string? Value)[] settings)
    {
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync("settlement");
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(Settings(database, sandbox, broker?.Address ?? NoBroker));
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.AddBatch();
        if (broker is null)
        {
            builder.Services.Remove(builder.Services.Single(service => service.ImplementationType == typeof(SettlementWorker)));
        }

        var app = builder.Build();
        app.UseBatch();
        await app.StartAsync();
        return new BatchHost(app, database, sandbox);
    }

    private static Dictionary<string, string?> Settings(string database, SandboxProcess sandbox, string kafka) => new()
    {
        ["Kestrel:Endpoints:http:Url"] = $"http://127.0.0.1:{FreePort.Next()}",
        ["Kestrel:Endpoints:http:Protocols"] = "Http1",
        ["Kestrel:Endpoints:grpc:Url"] = $"http://127.0.0.1:{FreePort.Next()}",
        ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
        ["ConnectionStrings:settlement"] = database,
        ["ConnectionStrings:kafka"] = kafka,
        ["services:sandbox:http:0"] = sandbox.Address.ToString(),
        ["Acquirers:Resilience:Retries"] = "0",
        ["Batch:Claim"] = "00:00:02",
        ["Batch:Tick"] = "00:00:00.100",
        ["Messaging:SessionTimeoutMs"] = "2000",
        ["InternalIdentity:Key"] = "a key that only tests know, 32 characters",
        ["OpsKey"] = OpsKey,
        ["Logging:LogLevel:Default"] = Environment.GetEnvironmentVariable("TEST_LOG") ?? "None",
    };

    /// <summary>The environment of a Batch that runs as a process of its own on this host's database.</summary>
    public Dictionary<string, string?> ProcessSettings(Broker broker) => Settings(_database, _sandbox, broker.Address)
        .Append(new("PayFlow:CrashPoints", "on")).Append(new("Logging:LogLevel:Default", "Warning"))
        .GroupBy(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal)).ToDictionary(setting => setting.Key, setting => setting.Last().Value);

    /// <summary>From now on this host only looks into the database and hands events over; what runs there is another process.</summary>
    public Task StopAsync() => _app.StopAsync();

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Hands events to the consumer as one poll, without the inbox that would skip what it has seen.</summary>
    public async Task ApplyAsync(params ReceivedEvent[] events)
    {
        await using var transaction = await Service<Shards>().All[0].BeginAsync(CancellationToken.None, events.Select(received => received.Slot));
        await Service<PaymentEventsConsumer>().ApplyAsync(events, transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>Captures amounts at the acquirer and hands the events to the consumer.</summary>
    public async Task<Capture[]> CaptureAsync(SandboxProcess sandbox, Merchant merchant, string acquirer, params long[] amounts)
    {
        var captures = new List<Capture>();
        foreach (var amount in amounts)
        {
            captures.Add(merchant.Capture(amount, await sandbox.PayAsync(acquirer, amount), acquirer));
        }

        await ApplyAsync([.. captures.Select(capture => capture.Event)]);
        return [.. captures];
    }

    /// <summary>Refunds amounts at the acquirer, each of a payment of its own that another batch settles, and hands the events to the consumer.</summary>
    public async Task<Refund[]> RefundAsync(SandboxProcess sandbox, Merchant merchant, string acquirer, params long[] amounts)
    {
        var refunds = new List<Refund>();
        foreach (var amount in amounts)
        {
            var (authorization, capture) = await sandbox.PayInFullAsync(acquirer, amount);
            refunds.Add(merchant.Refund(merchant.Capture(amount, capture, acquirer), amount, await sandbox.RefundAsync(acquirer, authorization, amount), acquirer));
        }

        await ApplyAsync([.. refunds.Select(refund => refund.Event)]);
        return [.. refunds];
    }

    /// <summary>Asks for a capture's item, as Auth does.</summary>
    public async Task<bool> WithdrawAsync(Capture capture, Id refund) =>
        (await Grpc.WithdrawItemAsync(Withdrawal(capture, refund))).Withdrawn;

    public static WithdrawItemRequest Withdrawal(Capture capture, Id refund) =>
        new() { PaymentId = capture.Payment.ToString(), CaptureOperationId = capture.Operation.ToString(), RefundOperationId = refund.ToString() };

    /// <summary>Seals what a merchant has open.</summary>
    public Task<List<Id>> CutoffAsync(Merchant merchant) => Service<SealBatches>().ByCommandAsync(merchant.Id, CancellationToken.None);

    /// <summary>Lets the worker do what is due; a batch that waits is due at once.</summary>
    public async Task SettleAsync(Id batch)
    {
        await SqlAsync("UPDATE batches SET next_step_at = now() - interval '1 second' WHERE id = $1", batch.Value);
        await Worker.SettleDueAsync(CancellationToken.None);
    }

    internal async Task<BatchRow> BatchAsync(Id batch) =>
        Assert.Single(await BatchSql.ReadAsync(Service<Shards>().For(batch.Slot).Source, new BatchFilter(batch), CancellationToken.None));

    /// <summary>State and settled amount of the items of a merchant, by item.</summary>
    public async Task<Dictionary<Id, (string State, long Settled)>> ItemsAsync(Merchant merchant)
    {
        var items = new Dictionary<Id, (string, long)>();
        await using var command = Command("SELECT id, state, amount_settled FROM items WHERE merchant_id = $1", merchant.Id.Value);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            items.Add(Id.From(IdPrefix.Item, reader.GetGuid(0)), (reader.GetString(1), reader.GetInt64(2)));
        }

        return items;
    }

    /// <summary>What a batch has told so far, in order. Fails where the order has a gap.</summary>
    public async Task<List<SettlementEvent>> ToldAsync(Id batch)
    {
        var told = new List<SettlementEvent>();
        await using var command = Command("SELECT sequence, payload FROM outbox WHERE topic = 'settlement.results' AND aggregate = $1 ORDER BY sequence", batch.Value);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            Assert.Equal(told.Count + 1, reader.GetInt64(0));
            told.Add(SettlementEvent.Parser.ParseFrom(reader.GetFieldValue<byte[]>(1)));
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
    public async Task<HttpResponseMessage> GetAsync(string path, Merchant merchant, Mode mode = Mode.Test)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add(InternalIdentity.Header, Service<InternalIdentity>().Sign(new Caller(merchant.Id, mode, merchant.Id.Slot, "key_test", [])));
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

/// <summary>One Sandbox and one Batch for all tests that keep apart by their merchants.</summary>
public sealed class SharedServices : IAsyncLifetime
{
    public const string Name = "shared services";

    public SandboxProcess Sandbox { get; private set; } = null!;

    public BatchHost Batch { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Sandbox = await SandboxProcess.StartAsync();
        Batch = await BatchHost.StartAsync(Sandbox);
    }

    public async Task DisposeAsync()
    {
        await Batch.DisposeAsync();
        await Sandbox.DisposeAsync();
    }

    [CollectionDefinition(Name)]
    public sealed class Collection : ICollectionFixture<SharedServices>;
}
