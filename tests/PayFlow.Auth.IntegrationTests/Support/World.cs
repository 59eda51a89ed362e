using System.Globalization;
using PayFlow.Messaging;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Support;

[CollectionDefinition(Name)]
public sealed class OneWorld : ICollectionFixture<World>
{
    public const string Name = "one world";
}

/// <summary>What Auth works with, all of it real: Postgres, Redis, a broker, the Sandbox's acquirers and Fraud.</summary>
public sealed class World : IAsyncLifetime, IAsyncDisposable
{
    public const string IdentityKey = "an identity key of the tests, long enough";
    public const string OpsKey = "an operator's key of the tests";
    public static readonly string VaultKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(value => (byte)value).ToArray());

    /// <summary>Of each topic.</summary>
    public const int Partitions = 8;

    private readonly SemaphoreSlim gate = new(1, 1);
    private AuthHost? host;
    private ServiceProcess? sandbox;
    private ServiceProcess? fraud;
    private ServiceProcess? batch;

    public PostgresServer Postgres { get; private set; } = null!;

    public RedisServer Redis { get; private set; } = null!;

    public KafkaServer Kafka { get; private set; } = null!;

    public Uri SandboxAddress { get; } = Local(FreePort.Next());

    public Uri FraudAddress { get; } = Local(FreePort.Next());

    public Uri BatchAddress { get; } = Local(FreePort.Next());

    /// <summary>The database of <see cref="HostAsync"/>, and of hosts beside it.</summary>
    public string PaymentsDatabase { get; private set; } = "";

    /// <summary>A database in which nothing runs but what a test starts.</summary>
    public string QuietDatabase { get; private set; } = "";

    /// <summary>Where nobody listens.</summary>
    public Uri Nobody { get; } = Local(FreePort.Next());

    public Acquirers Acquirers { get; private set; } = null!;

    public static Uri Local(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));

    public async Task InitializeAsync()
    {
        Postgres = await PostgresServer.SharedAsync();
        Redis = await RedisServer.SharedAsync();
        Kafka = await KafkaServer.SharedAsync(KafkaKind.Embedded);
        await Kafka.CreateTopicsAsync([.. Topics.All, .. Topics.All.Select(Topics.DeadLetter)], Partitions);
        PaymentsDatabase = await Postgres.CreateDatabaseAsync("payments");
        QuietDatabase = await Postgres.CreateDatabaseAsync("payments");
        Acquirers = new Acquirers(SandboxAddress);

        sandbox = new ServiceProcess(Repository.Assembly("services/Sandbox/PayFlow.Sandbox.csproj"), new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__sandbox"] = await Postgres.CreateDatabaseAsync("sandbox"),
            ["Kestrel__Endpoints__http__Url"] = SandboxAddress.AbsoluteUri,
            ["OpsKey"] = OpsKey,
        });
        var fraudHttp = Local(FreePort.Next());
        fraud = new ServiceProcess(Repository.Assembly("services/Fraud/PayFlow.Fraud.csproj"), new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__fraud"] = await Postgres.CreateDatabaseAsync("fraud"),
            ["ConnectionStrings__redis"] = Redis.Address,
            ["ConnectionStrings__kafka"] = Kafka.Address,
            ["Kestrel__Endpoints__http__Url"] = fraudHttp.AbsoluteUri,
            ["Kestrel__Endpoints__grpc__Url"] = FraudAddress.AbsoluteUri,
            ["OpsKey"] = OpsKey,
        });
        var batchHttp = Local(FreePort.Next());
        batch = new ServiceProcess(Repository.Assembly("services/Batch/PayFlow.Batch.csproj"), new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ConnectionStrings__settlement"] = await Postgres.CreateDatabaseAsync("settlement"),
            ["ConnectionStrings__kafka"] = Kafka.Address,
            ["services__sandbox__http__0"] = SandboxAddress.AbsoluteUri,
            ["InternalIdentity__Key"] = IdentityKey,
            ["Kestrel__Endpoints__http__Url"] = batchHttp.AbsoluteUri,
            ["Kestrel__Endpoints__grpc__Url"] = BatchAddress.AbsoluteUri,
            ["OpsKey"] = OpsKey,
        });
        await Task.WhenAll(sandbox.StartAsync(), fraud.StartAsync(), batch.StartAsync());
        await Task.WhenAll(sandbox.WaitForHealthAsync(SandboxAddress), fraud.WaitForHealthAsync(fraudHttp), batch.WaitForHealthAsync(batchHttp));
    }

    /// <summary>The Auth that tests share which need nothing special of it.</summary>
    public async Task<AuthHost> HostAsync()
    {
        await gate.WaitAsync();
        try
        {
            return host ??= await AuthHost.StartAsync(this);
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        gate.Dispose();
        if (host is not null)
        {
            await host.DisposeAsync();
        }

        await using var first = sandbox;
        await using var second = fraud;
        await using var third = batch;
        Acquirers.Dispose();
    }

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    /// <summary>The configuration of an Auth in this world, with short times. Keys are separated by colons.</summary>
    public Dictionary<string, string?> Settings() => new()
    {
        ["ConnectionStrings:payments"] = PaymentsDatabase,
        ["ConnectionStrings:redis"] = Redis.Address,
        ["ConnectionStrings:kafka"] = Kafka.Address,
        ["services:fraud:grpc:0"] = FraudAddress.AbsoluteUri,
        ["services:batch:grpc:0"] = BatchAddress.AbsoluteUri,
        ["services:ledger:grpc:0"] = Nobody.AbsoluteUri,   // only previews ask the ledger, and say so when it is away
        ["services:sandbox:http:0"] = SandboxAddress.AbsoluteUri,
        ["InternalIdentity:Key"] = IdentityKey,
        ["OpsKey"] = OpsKey,
        ["Auth:Vault:KeyEncryptionKey"] = VaultKey,
        ["Auth:Executor:LeaseDuration"] = "00:00:03",
        ["Auth:Executor:RetryFrom"] = "00:00:00.2",
        ["Auth:Executor:RetryUpTo"] = "00:00:01",
        ["Auth:Sweep:Interval"] = "00:00:00.2",
        ["Auth:Sweep:IntakeAge"] = "00:00:01",
        ["Acquirers:Resilience:AttemptTimeout"] = "00:00:01",
        ["Acquirers:Resilience:Retries"] = "1",
        ["Acquirers:Resilience:RetryDelay"] = "00:00:00.1",
        ["Acquirers:Resilience:BreakAfter"] = "1000",
    };
}
