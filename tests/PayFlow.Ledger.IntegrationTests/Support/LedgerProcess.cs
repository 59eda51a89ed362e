using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Options;
using PayFlow.Ledger.IntegrationTests.Exchange;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.Testing;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>The ledger as a process of its own, to be killed between any two steps and started again.</summary>
internal sealed class LedgerProcess : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private readonly GrpcChannel _channel;
    private ServiceProcess? _process;

    private LedgerProcess(IReadOnlyList<string> databases, string? kafka)
    {
        Database = databases[0];
        _settings = LedgerHost.Settings(databases).Append(new("ConnectionStrings:kafka", kafka ?? "127.0.0.1:1")).Append(new("Messaging:SessionTimeoutMs", "2000"))
            .Append(new("Ledger:InterShardSweepEvery", "00:00:00.5"))
            .Append(new("Ledger:Partitions:ArchiveDirectory", Directory.CreateTempSubdirectory("payflow-archive-").FullName))
            .Append(new("Ledger:Chain:HeadInterval", "00:00:00.2")).Concat(ExchangeFixture.Rates.Select(rate => KeyValuePair.Create(rate.Key, rate.Value)))
            .GroupBy(setting => setting.Key).ToDictionary(setting => setting.Key, setting => setting.Last().Value);
        _channel = GrpcChannel.ForAddress(_settings["Kestrel:Endpoints:grpc:Url"]!);
        Client = new Contract.Ledger.LedgerClient(_channel);
        Accounts = new Contract.Accounts.AccountsClient(_channel);
        Exchanges = new Contract.Exchanges.ExchangesClient(_channel);
        Http = new HttpClient { BaseAddress = new Uri(_settings["Kestrel:Endpoints:http:Url"]!) };
        Http.DefaultRequestHeaders.Add("X-Ops-Key", _settings["OpsKey"]);
        Identity = new InternalIdentity(Options.Create(new InternalIdentityOptions { Key = _settings["InternalIdentity:Key"]! }), TimeProvider.System);
        Operation = new Contract.LedgerOperation.LedgerOperationClient(_channel);
        Chain = new Contract.LedgerChain.LedgerChainClient(_channel);
    }

    public Contract.Ledger.LedgerClient Client { get; }

    public Contract.Accounts.AccountsClient Accounts { get; }

    public Contract.Exchanges.ExchangesClient Exchanges { get; }

    public HttpClient Http { get; }

    /// <summary>Signs as the gateway does.</summary>
    public InternalIdentity Identity { get; }

    public Contract.LedgerOperation.LedgerOperationClient Operation { get; }

    public Contract.LedgerChain.LedgerChainClient Chain { get; }

    /// <summary>Connects to its database as the superuser.</summary>
    public string Database { get; }

    /// <summary>A ledger that isn't started yet, on databases of its own.</summary>
    public static async Task<LedgerProcess> CreateAsync(KafkaServer kafka, int shards = 1)
    {
        var postgres = await PostgresServer.SharedAsync();
        var databases = new List<string>();
        for (var i = 0; i < shards; i++)
        {
            databases.Add(await postgres.CreateDatabaseAsync("ledger"));
        }

        return new LedgerProcess(databases, kafka.Address);
    }

    /// <summary>The same on a server of the test's own, and without a broker.</summary>
    public static async Task<LedgerProcess> CreateAsync(PostgresServer postgres) => new([await postgres.CreateDatabaseAsync("ledger")], null);

    /// <summary>Starts it and waits until it is healthy.</summary>
    /// <param name="crashPoint">Where it kills itself; nowhere unless told.</param>
    public async Task StartAsync(string? crashPoint = null)
    {
        var environment = _settings.Append(new("PayFlow:CrashPoints", crashPoint))
            .ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value);
        _process = new ServiceProcess(Repository.Assembly("services/Ledger/PayFlow.Ledger.csproj"), environment);
        await _process.StartAsync();
        await _process.WaitForHealthAsync(new Uri(_settings["Kestrel:Endpoints:http:Url"]!));
        await WaitForChannelAsync();
    }

    /// <summary>A channel that tried while the process was away waits before it tries again, and refuses calls until then.</summary>
    private async Task WaitForChannelAsync()
    {
        for (var i = 0; i < 50 && _process!.IsRunning; i++)
        {
            try
            {
                await Operation.GetContinuityAsync(new());
                return;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.Unavailable)
            {
                await Task.Delay(100);
            }
        }
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>Waits until it has killed itself.</summary>
    public async Task WaitForCrashAsync()
    {
        for (var i = 0; _process!.IsRunning; i++)
        {
            Assert.True(i < 600, "The ledger did not reach its crash point within a minute.");
            await Task.Delay(100);
        }

        await _process.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        _channel.Dispose();
        Directory.Delete(_settings["Ledger:Partitions:ArchiveDirectory"]!, recursive: true);
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }
}
