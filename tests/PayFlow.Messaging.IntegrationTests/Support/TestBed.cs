using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using PayFlow.Kernel;
using PayFlow.Messaging.TestHost;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit;

namespace PayFlow.Messaging.IntegrationTests.Support;

/// <summary>Databases, topics and names that one test has for itself, on servers that it may share.</summary>
internal sealed class TestBed
{
    public const string OpsKey = "the-operators-key";
    public const int Partitions = 10;

    private static int last;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"t{Interlocked.Increment(ref last)}");
    private readonly Dictionary<string, string?> _configuration = [];

    private TestBed(KafkaServer kafka, IReadOnlyList<string> databases)
    {
        Kafka = kafka;
        Databases = databases;
        Topic = $"{_name}.events";
        IngestTopic = $"{_name}.ingest";
        Consumer = $"{_name}-recorder";
        _configuration["Shards:test"] = databases.Count.ToString(CultureInfo.InvariantCulture);
        for (var shard = 0; shard < databases.Count; shard++)
            _configuration[$"ConnectionStrings:test{(shard == 0 ? "" : $"-{shard}")}"] = databases[shard];
        _configuration["ConnectionStrings:kafka"] = kafka.Address;
        _configuration["OpsKey"] = OpsKey;
        _configuration["Storage:MaxPoolSize"] = "10";
        _configuration["Storage:MaxPrepared"] = "20";
        // The times of production, shortened where a test would only wait.
        _configuration["Messaging:SessionTimeoutMs"] = kafka.Kind == KafkaKind.Embedded ? "2000" : "6000";
        _configuration["Messaging:LeaseMs"] = "1200";
        _configuration["Messaging:HousekeepingMs"] = "200";
        _configuration["Messaging:ParkedRetryMs"] = "500";
        _configuration["Messaging:DeliveryTimeoutMs"] = "2000";
        _configuration["Messaging:OffsetCommitMs"] = "100";
        _configuration["Messaging:RetryMaxMs"] = "300";
        _configuration["Test:Topic"] = Topic;
        _configuration["Test:Consumer"] = Consumer;
        _configuration["Logging:LogLevel:Npgsql"] = "Warning";
        _configuration["Logging:LogLevel:Default"] = Environment.GetEnvironmentVariable("TEST_LOG") ?? "Warning";
    }

    public KafkaServer Kafka { get; }

    /// <summary>Connection strings of the shards, as the owner.</summary>
    public IReadOnlyList<string> Databases { get; }

    public string Topic { get; }

    public string IngestTopic { get; }

    public string Consumer { get; }

    /// <summary>A bed on the servers that all tests share, or on a broker of the test's own.</summary>
    public static async Task<TestBed> MakeAsync(KafkaKind kind, int shards = 1, KafkaServer? own = null)
    {
        var kafka = own ?? await KafkaServer.SharedAsync(kind);
        var postgres = await PostgresServer.SharedAsync();
        var databases = new List<string>();
        for (var shard = 0; shard < shards; shard++)
            databases.Add(await postgres.CreateDatabaseAsync("messaging"));
        var bed = new TestBed(kafka, databases);
        await kafka.CreateTopicsAsync([bed.Topic, Topics.DeadLetter(bed.Topic), bed.IngestTopic, Topics.DeadLetter(bed.IngestTopic)], Partitions);
        return bed;
    }

    /// <summary>Starts a host in this process, on a free port.</summary>
    public async Task<RunningHost> StartAsync(params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(_configuration);
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        builder.Logging.AddSimpleConsole(console => console.TimestampFormat = "HH:mm:ss.fff ");
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.BuildTestHost();
        await app.StartAsync();
        return new RunningHost(app);
    }

    /// <summary>A host as a process of its own, on a port.</summary>
    public ServiceProcess Process(int port, params (string Key, string? Value)[] settings) => new(
        Repository.Assembly("tests/PayFlow.Messaging.TestHost/PayFlow.Messaging.TestHost.csproj"),
        _configuration.Concat(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)))
            .Append(new("ASPNETCORE_URLS", $"http://127.0.0.1:{port}"))
            .GroupBy(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal))
            .ToDictionary(setting => setting.Key, setting => setting.Last().Value));

    /// <summary>What took effect, of all shards, each in its order.</summary>
    public async Task<List<Effect>> EffectsAsync()
    {
        var effects = new List<Effect>();
        foreach (var database in Databases)
        {
            await ForEachAsync(database, "SELECT aggregate, sequence, trace_parent FROM effects ORDER BY position",
                row => effects.Add(new Effect(Id.From(TestIds.Prefix, row.GetGuid(0)), row.GetInt64(1), row.IsDBNull(2) ? null : row.GetString(2))));
        }

        return effects;
    }

    /// <summary>A number that SQL counts, summed over all shards.</summary>
    public async Task<long> CountAsync(string sql)
    {
        var sum = 0L;
        foreach (var database in Databases)
            await ForEachAsync(database, sql, row => sum += Convert.ToInt64(row.GetValue(0), CultureInfo.InvariantCulture));
        return sum;
    }

    public async Task ExecuteAsync(string sql)
    {
        foreach (var database in Databases)
            await ForEachAsync(database, sql, _ => { });
    }

    /// <summary>Reads a topic from its beginning: at least so many messages, and those that follow closely.</summary>
    public List<ConsumeResult<string, byte[]>> ReadTopic(string topic, int atLeast = 1)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = Kafka.Address,
            GroupId = "reader",   // assigns by itself and commits nothing
            EnableAutoCommit = false,
            FetchWaitMaxMs = 20,
        }).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var messages = new List<ConsumeResult<string, byte[]>>();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < (messages.Count < atLeast ? TimeSpan.FromSeconds(30) : TimeSpan.FromMilliseconds(500)))
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { } message)
                continue;
            messages.Add(message);
            watch.Restart();
        }

        return messages;
    }

    /// <summary>Waits until something holds; fails with what was seen last.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds, Func<Task<string>> describe, int seconds = 30)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed.TotalSeconds > seconds)
                throw new TimeoutException($"Did not come true in {seconds} s: {await describe()}");
            await Task.Delay(50);
        }
    }

    /// <summary>Waits until a number that SQL counts over all shards is as expected.</summary>
    public Task UntilAsync(string sql, long expected, int seconds = 30) =>
        UntilAsync(async () => await CountAsync(sql) == expected, async () => $"{sql} is {await CountAsync(sql)}, not {expected}", seconds);

    private static async Task ForEachAsync(string database, string sql, Action<NpgsqlDataReader> read)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
            read(reader);
    }
}

/// <summary>An event that took effect.</summary>
internal sealed record Effect(Id Aggregate, long Sequence, string? TraceParent);

/// <summary>A host that is stopped, as an operator would, when the test is done with it.</summary>
internal sealed class RunningHost(WebApplication app) : IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    public Uri Address => new(app.Urls.Single());

    public Shards Shards => app.Services.GetRequiredService<Shards>();

    public TestSwitches Switches => app.Services.GetRequiredService<TestSwitches>();

    /// <summary>Counts an aggregate on, with an event of a type.</summary>
    /// <returns>The event's sequence number.</returns>
    public Task<long> WriteAsync(Id aggregate, string type = TestWriter.Type, string? topic = null) =>
        TestWriter.WriteAsync(
            Shards, app.Services.GetRequiredService<OutboxSignal>(), topic ?? app.Services.GetRequiredService<TestOptions>().Topic, aggregate, type,
            TimeProvider.System.GetUtcNow(), CancellationToken.None);

    /// <summary>Sends a request as an operator.</summary>
    public async Task<HttpResponseMessage> OpsAsync(HttpMethod method, string path, string? key = TestBed.OpsKey)
    {
        using var client = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(method, path);
        if (key is not null)
            request.Headers.Add("X-Ops-Key", key);
        return await client.SendAsync(request);
    }

    /// <summary>What an operator is answered.</summary>
    public async Task<JsonElement> OpsJsonAsync(HttpMethod method, string path)
    {
        using var answer = await OpsAsync(method, path);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
