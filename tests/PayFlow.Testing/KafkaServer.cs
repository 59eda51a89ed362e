using System.Collections.Concurrent;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Xunit;

namespace PayFlow.Testing;

/// <summary>A Kafka broker of its own. After a kill and a start the embedded one has its topics again, empty, and no group offsets; Apache Kafka has everything.</summary>
public sealed class KafkaServer : LocalServer
{
    private static readonly ConcurrentDictionary<KafkaKind, Lazy<Task<KafkaServer>>> Shared = [];

    private readonly Dictionary<string, int> _topics = [];
    private readonly SemaphoreSlim _creating = new(1);

    private KafkaServer(KafkaKind kind) : base("kafka") => Kind = kind;

    /// <summary>The kinds that can be started here, as test data: <c>[Theory, MemberData(nameof(KafkaServer.Kinds), MemberType = typeof(KafkaServer))]</c>.</summary>
    public static TheoryData<KafkaKind> Kinds => HasApache ? [KafkaKind.Embedded, KafkaKind.Apache] : [KafkaKind.Embedded];

    /// <summary>Whether <c>KAFKA_HOME</c> names an Apache Kafka.</summary>
    public static bool HasApache => !string.IsNullOrEmpty(System.Environment.GetEnvironmentVariable("KAFKA_HOME"));

    /// <summary>Which broker this is.</summary>
    public KafkaKind Kind { get; }

    /// <summary>Whether what was acknowledged is still there after a kill.</summary>
    public bool IsDurable => Kind == KafkaKind.Apache;

    /// <summary>Starts a broker of the caller's own, to be killed and disposed at will.</summary>
    public static async Task<KafkaServer> StartNewAsync(KafkaKind kind)
    {
        var server = new KafkaServer(kind);
        await server.StartAsync();
        return server;
    }

    /// <summary>The broker of a kind that all tests of this process share. Not to be killed; take topics and groups of your own.</summary>
    public static Task<KafkaServer> SharedAsync(KafkaKind kind) => Shared.GetOrAdd(kind, _ => new(() => StartNewAsync(kind))).Value;

    /// <summary>Creates topics and returns when clients can use them.</summary>
    /// <param name="names">Names that don't exist yet.</param>
    /// <param name="partitions">Partitions of each.</param>
    public async Task CreateTopicsAsync(IReadOnlyCollection<string> names, int partitions)
    {
        await _creating.WaitAsync();   // tests that share the broker come at the same time
        try
        {
            if (Kind == KafkaKind.Embedded)
                await CreateEmbeddedAsync(names, partitions);
            else
                await CreateApacheAsync(names, partitions);
            foreach (var name in names)
                _topics.Add(name, partitions);
        }
        finally
        {
            _creating.Release();
        }
    }

    private protected override IEnumerable<KeyValuePair<string, string?>> Environment =>
    [
        new("KAFKA_HOME", Kind == KafkaKind.Apache ? System.Environment.GetEnvironmentVariable("KAFKA_HOME") : null),
        new("PAYFLOW_KAFKA_PARTITIONS", null),
        new("PAYFLOW_KAFKA_TOPICS", string.Join(',', _topics.Select(topic => Entry(topic.Key, topic.Value)))),
    ];

    private protected override IEnumerable<string> Arguments => Kind == KafkaKind.Embedded ? ["--topics-from-stdin"] : [];

    private static string Entry(string name, int partitions) => string.Create(CultureInfo.InvariantCulture, $"{name}:{partitions}");

    private async Task CreateEmbeddedAsync(IReadOnlyCollection<string> names, int partitions)
    {
        foreach (var name in names)
        {
            var entry = Entry(name, partitions);
            await SayAsync(entry);
            var answer = await WaitForLineAsync(line => line == $"Created {entry}" || line.StartsWith($"Refused {entry}:", StringComparison.Ordinal));
            if (answer.StartsWith("Refused", StringComparison.Ordinal))
                throw new InvalidOperationException(answer);
        }
    }

    private async Task CreateApacheAsync(IReadOnlyCollection<string> names, int partitions)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Address }).Build();
        await admin.CreateTopicsAsync(names.Select(name => new TopicSpecification { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }));
        // Created means accepted: a moment later every partition has a leader, and clients can use it.
        await WaitAsync(() => Task.FromResult(names.All(IsReady)), "elect leaders for the new topics", TimeSpan.FromSeconds(30));

        bool IsReady(string name) => admin.GetMetadata(name, TimeSpan.FromSeconds(10)).Topics is [{ } topic]
            && topic.Partitions.Count == partitions && topic.Partitions.TrueForAll(partition => partition.Leader >= 0);
    }
}
