using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Npgsql;
using PayFlow.Testing;
using StackExchange.Redis;
using FraudContract = PayFlow.Contracts.Fraud.V1.Fraud;

namespace PayFlow.Fraud.IntegrationTests.Support;

/// <summary>Fraud as a process of its own, with a database of its own.</summary>
public sealed class FraudProcess : IAsyncDisposable
{
    public const string OpsKey = "the operators' key of these tests";

    private readonly ServiceProcess _process;
    private readonly GrpcChannel _channel;
    private readonly HttpClient _http;
    private readonly RedisServer _redis;

    private FraudProcess(string connectionString, RedisServer redis)
    {
        var (http, grpc) = (Address(), Address());
        ConnectionString = connectionString;
        _redis = redis;
        _http = new HttpClient { BaseAddress = http };
        _http.DefaultRequestHeaders.Add("X-Ops-Key", OpsKey);
        _channel = GrpcChannel.ForAddress(grpc, new GrpcChannelOptions { MaxReconnectBackoff = TimeSpan.FromMilliseconds(200), InitialReconnectBackoff = TimeSpan.FromMilliseconds(50) });
        Client = new FraudContract.FraudClient(_channel);
        _process = new ServiceProcess(Repository.Assembly("services/Fraud/PayFlow.Fraud.csproj"), new Dictionary<string, string?>
        {
            ["ConnectionStrings__fraud"] = connectionString,
            ["ConnectionStrings__redis"] = redis.Address,
            ["Kestrel__Endpoints__http__Url"] = http.ToString(),
            ["Kestrel__Endpoints__grpc__Url"] = grpc.ToString(),
            ["PayFlow__CrashPoints"] = "on",
            ["OpsKey"] = OpsKey,
            // Here a slow machine is no reason for a degraded answer; a Redis that is away is noticed at once in any case.
            ["Fraud__VelocityPatience"] = "00:00:02",
        });
    }

    public FraudContract.FraudClient Client { get; }

    public string ConnectionString { get; }

    /// <summary>A new one on a new database.</summary>
    /// <param name="redis">The shared one unless given.</param>
    /// <param name="postgres">The shared one unless given.</param>
    public static async Task<FraudProcess> StartNewAsync(RedisServer? redis = null, PostgresServer? postgres = null)
    {
        postgres ??= await PostgresServer.SharedAsync();
        return await StartAsync(await postgres.CreateDatabaseAsync("fraud"), redis ?? await RedisServer.SharedAsync());
    }

    /// <summary>A second process on the same database and the same Redis.</summary>
    public Task<FraudProcess> StartTwinAsync() => StartAsync(ConnectionString, _redis);

    /// <summary>Starts it again.</summary>
    public async Task StartAsync()
    {
        await _process.StartAsync();
        await _process.WaitForHealthAsync(_http.BaseAddress!);
    }

    /// <summary>Lets it kill itself at a crash point, once.</summary>
    public async Task ArmAsync(string crashPoint)
    {
        using var answer = await _http.PostAsync(new Uri($"/internal/crash-points/{crashPoint}", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until it is gone.</summary>
    public async Task WaitForDeathAsync()
    {
        for (var patience = 0; _process.IsRunning && patience < 500; patience++)
            await Task.Delay(20);
        Assert.False(_process.IsRunning);
    }

    public async Task<string> HealthAsync()
    {
        using var answer = await _http.GetAsync(new Uri("/health", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>A statement on its database.</summary>
    /// <param name="role">The role to run it as: the owner unless told.</param>
    public async Task<object?> QueryAsync(string sql, string? role = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(role is null ? sql : $"SET ROLE {role}; {sql}", connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>How many payments Redis has counted for a card.</summary>
    public async Task<long> CountedAsync(string fingerprint)
    {
        using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.Address);
        return await redis.GetDatabase().SortedSetLengthAsync($"fraud:{{test:card:{fingerprint}}}");
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _http.Dispose();
        await _process.DisposeAsync();
    }

    private static async Task<FraudProcess> StartAsync(string connectionString, RedisServer redis)
    {
        var fraud = new FraudProcess(connectionString, redis);
        await fraud.StartAsync();
        await fraud._channel.ConnectAsync();
        return fraud;
    }

    private static Uri Address() => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}"));
}
