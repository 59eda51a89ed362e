using System.Collections.Frozen;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using PayFlow.Kernel;

namespace PayFlow.Messaging.Kafka;

/// <summary>
/// The process's one connection for writing. Built anew after a fatal error (an idempotent producer gives up when a broker has forgotten it), and
/// knows how many partitions each topic has.
/// </summary>
internal sealed partial class KafkaProducer(IConfiguration configuration, MessagingOptions options, TimeProvider time, ILogger<KafkaProducer> logger) : IDisposable
{
    private static readonly TimeSpan TopicsAge = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MissingTopicAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReportMargin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastMessages = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly string _bootstrap = Bootstrap(configuration);
    private SharedProducer? _producer;
    private Task<TopicList>? _reading;
    private volatile TopicList _topics = TopicList.Empty;
    private bool _isDisposed;

    /// <summary>After this time the client has certainly reported what became of a message, unless it was disposed of.</summary>
    public TimeSpan ReportTimeout => TimeSpan.FromMilliseconds(options.DeliveryTimeoutMs) + ReportMargin;

    /// <summary>The address of the brokers.</summary>
    /// <exception cref="InvalidOperationException">It is not configured.</exception>
    public static string Bootstrap(IConfiguration configuration) =>
        configuration.GetConnectionString("kafka") ?? throw new InvalidOperationException("ConnectionStrings:kafka is missing: the broker's address, host:port.");

    /// <summary>
    /// Hands a message to the client, which sends it in the background. The report comes on a thread of the client's and must be quick.
    /// </summary>
    /// <exception cref="KafkaException">The message was refused at once, for example because it is too large.</exception>
    public void Produce(string topic, int partition, Message<string, byte[]> message, Action<Error> report)
    {
        using var use = Use();
        var client = use.Client;
        client.Produce(new TopicPartition(topic, partition), message, delivered =>
        {
            if (delivered.Error.IsFatal)
                Drop(client, delivered.Error);
            report(delivered.Error);
        });
    }

    /// <summary>Produces one message and waits until all in-sync replicas have it.</summary>
    /// <exception cref="MessagingUnavailableException">The broker did not confirm, or does not have the topic.</exception>
    public async Task ProduceAsync(string topic, Slot slot, Message<string, byte[]> message, CancellationToken ct)
    {
        try
        {
            var partitions = await PartitionsAsync(topic) ?? throw new MessagingUnavailableException($"There is no topic {topic}.");
            var confirmed = new TaskCompletionSource<Error>(TaskCreationOptions.RunContinuationsAsynchronously);
            Produce(topic, slot.Partition(partitions), message, error => confirmed.TrySetResult(error));
            var outcome = await confirmed.Task.WaitAsync(ReportTimeout, time, ct);
            if (outcome.IsError)
                throw new MessagingUnavailableException($"{topic}: {outcome.Reason}");
        }
        catch (KafkaException refused)
        {
            throw new MessagingUnavailableException($"{topic}: {refused.Error.Reason}", refused);
        }
        catch (TimeoutException silent)
        {
            throw new MessagingUnavailableException($"{topic}: the client did not report what became of the message.", silent);
        }
    }

    /// <summary>How many partitions a topic has, or null when there is no such topic. Known topics are answered at once, and looked up again beside that.</summary>
    /// <exception cref="KafkaException">The topic is not known yet, and no broker answers.</exception>
    public async ValueTask<int?> PartitionsAsync(string topic)
    {
        var topics = _topics;
        var isKnown = topics.Partitions.TryGetValue(topic, out var count);
        var refresh = time.GetElapsedTime(topics.ReadAt) > (isKnown ? TopicsAge : MissingTopicAge) ? RefreshAsync() : null;
        if (!isKnown && refresh is not null)
            isKnown = (await refresh).Partitions.TryGetValue(topic, out count);
        return isKnown ? count : null;
    }

    /// <summary>Reads the topics again before the next message: one of them is not what it was.</summary>
    public void ForgetTopics() => _topics = TopicList.Empty;

    /// <summary>Sends what is left and closes the client, at the latest when the last call into it returned.</summary>
    public void Dispose()
    {
        SharedProducer? last;
        lock (_gate)
        {
            _isDisposed = true;
            last = _producer;
            _producer = null;
        }

        last?.Client.Flush(LastMessages);
        last?.Release();
    }

    private Task<TopicList> RefreshAsync()
    {
        lock (_gate)
        {
            return _reading ??= Task.Run(() =>
            {
                try
                {
                    return ReadTopics();
                }
                finally
                {
                    lock (_gate)
                        _reading = null;
                }
            });
        }
    }

    private TopicList ReadTopics()
    {
        // Of all topics: asking the embedded broker for one by its name would create it.
        using var use = Use();
        using var admin = new DependentAdminClientBuilder(use.Client.Handle).Build();
        var metadata = admin.GetMetadata(MetadataTimeout);
        var known = metadata.Topics.Where(topic => !topic.Error.IsError).ToFrozenDictionary(topic => topic.Topic, topic => topic.Partitions.Count);
        return _topics = new TopicList(known, time.GetTimestamp());
    }

    private SharedProducer.InUse Use()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            _producer ??= new SharedProducer(new ProducerBuilder<string, byte[]>(KafkaSettings.Producer(_bootstrap, options))
                .SetLogHandler((_, message) => LogClient(message.Message))
                .SetErrorHandler((client, error) =>
                {
                    if (error.IsFatal)
                        Drop(client, error);
                })
                .Build());
            return _producer.Use();
        }
    }

    private void Drop(IClient client, Error error)
    {
        SharedProducer dropped;
        lock (_gate)
        {
            if (_producer is null || !ReferenceEquals(_producer.Client, client))
                return;
            dropped = _producer;
            _producer = null;
        }

        LogFatal(error.Reason);
        // On another thread: the client may not be disposed of from its own callback. Its senders hear first that their messages failed.
        _ = Task.Run(() =>
        {
            dropped.Client.Flush(TimeSpan.FromMilliseconds(options.DeliveryTimeoutMs));
            dropped.Release();
        });
    }

    private sealed record TopicList(FrozenDictionary<string, int> Partitions, long ReadAt)
    {
        public static TopicList Empty { get; } = new(FrozenDictionary<string, int>.Empty, long.MinValue / 2);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Kafka producer gave up and is built anew: {Reason}")]
    private partial void LogFatal(string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "librdkafka: {Message}")]
    private partial void LogClient(string message);
}
