using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using PayFlow.Messaging.Kafka;

namespace PayFlow.Messaging.Inbox;

/// <summary>How many messages of a topic lie before a consumer.</summary>
internal readonly record struct TopicLag(string Topic, long Messages);

/// <summary>
/// Polls batches and hands them over, on a thread of its own (the client's calls block). While one batch is handled, the next collects; the offsets of a
/// batch are stored when it was handled, never before. The handler returns only when it has taken care of every message.
/// </summary>
internal sealed partial class BatchConsumer(
    string name, IReadOnlyList<string> topics, string bootstrap, Func<IReadOnlyList<ConsumeResult<string, byte[]>>, CancellationToken, Task> handle,
    MessagingOptions options, ILogger logger)
{
    // Long enough to sleep when idle, short enough to stop soon; how long a finished batch may wait to be noticed.
    private static readonly TimeSpan IdlePoll = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BusyPoll = TimeSpan.FromMilliseconds(2);

    // A handler that takes longer waits for a database: stop fetching, keep the membership alive.
    private static readonly TimeSpan SlowHandler = TimeSpan.FromSeconds(2);

    // What a rebalance waits for the batch in work, so that its offsets go before its partitions.
    private static readonly TimeSpan LastBatch = TimeSpan.FromSeconds(1);

    private readonly List<ConsumeResult<string, byte[]>> _collected = new(options.ConsumeBatch);
    private readonly Lock _gate = new();
    private IConsumer<string, byte[]>? _current;   // under the gate: a client that is closed during a call takes the process with it
    private volatile bool _isBrokerAway;
    private volatile bool _isClusterNew;
    private volatile bool _isClientOld;   // it knew the cluster that is no more
    private Work? _work;

    /// <summary>Consumes until told to stop.</summary>
    public Task RunAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What lies before this process, by topic, as far as it has heard.</summary>
    public IReadOnlyList<TopicLag> Lag()
    {
        try
        {
            lock (_gate)
            {
                return _current is { } consumer
                    ? [.. consumer.Assignment.GroupBy(partition => partition.Topic).Select(topic => new TopicLag(topic.Key, topic.Sum(partition => Lag(consumer, partition))))]
                    : [];
            }
        }
        catch (KafkaException)
        {
            return [];   // a partition just went to another
        }
    }

    private static long Lag(IConsumer<string, byte[]> consumer, TopicPartition partition)
    {
        var (position, high) = (consumer.Position(partition), consumer.GetWatermarkOffsets(partition).High);
        return position.IsSpecial || high.IsSpecial ? 0 : Math.Max(0, high.Value - position.Value);
    }

    private void Show(IConsumer<string, byte[]>? consumer)
    {
        lock (_gate)
            _current = consumer;
    }

    private void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                _isClientOld = false;
                using var consumer = Build();
                Show(consumer);
                consumer.Subscribe(topics);
                try
                {
                    Consume(consumer, stop);
                }
                finally
                {
                    Show(null);
                    Leave(consumer, stop);
                }
            }
            catch (Exception failure)
            {
                // Whatever it is, the service's other work goes on, and so will this when it can.
                LogRebuilt(failure, name);
                stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(options.RetryMaxMs));
            }
        }
    }

    private void Consume(IConsumer<string, byte[]> consumer, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested && !_isClientOld)
        {
            if (_work is { IsDone: true })
                Finish(consumer, stop);
            if (_work is null && _isClusterNew)
                Rewind(consumer);
            if (_work is null && _collected.Count > 0)
                Begin([.. _collected], stop);
            if (_collected.Count >= options.ConsumeBatch)
                Hold(consumer, stop);
            else
                Collect(consumer, stop);
        }
    }

    /// <summary>Takes what is there, or waits a moment for the first message.</summary>
    private void Collect(IConsumer<string, byte[]> consumer, CancellationToken stop)
    {
        var patience = _work is null ? IdlePoll : BusyPoll;
        try
        {
            while (_collected.Count < options.ConsumeBatch && consumer.Consume(patience) is { } message)
            {
                _collected.Add(message);
                patience = TimeSpan.Zero;
                if (_isBrokerAway)
                    LogBrokerBack(name);
                _isBrokerAway = false;
            }
        }
        catch (ConsumeException failure) when (!failure.Error.IsFatal)
        {
            // A topic that is not there yet, a broker that just went: the client goes on by itself.
            LogBroker(name, failure.Error.Reason);
            stop.WaitHandle.WaitOne(IdlePoll);
        }
    }

    /// <summary>The next batch is full and the one before is still in work: waits, and stays a member of the group meanwhile.</summary>
    private void Hold(IConsumer<string, byte[]> consumer, CancellationToken stop)
    {
        if (_work!.Wait(SlowHandler, stop))
            return;
        consumer.Pause(consumer.Assignment);
        while (!stop.IsCancellationRequested && !_work.IsDone)
        {
            if (consumer.Consume(IdlePoll) is { } message)
                _collected.Add(message);   // came before the pause did
        }

        consumer.Resume(consumer.Assignment);
    }

    private void Begin(List<ConsumeResult<string, byte[]>> messages, CancellationToken stop)
    {
        _work = new Work(messages, Task.Run(() => handle(messages, stop), CancellationToken.None));
        _collected.Clear();
    }

    /// <summary>Stores the offsets of a batch that was handled. One whose handler failed is handled again: no message is ever passed over.</summary>
    private void Finish(IConsumer<string, byte[]> consumer, CancellationToken stop)
    {
        var work = _work!;
        _work = null;
        if (work.Failure is { } failure)
        {
            if (stop.IsCancellationRequested)
                return;
            LogFailed(failure, name, work.Messages.Count);
            stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(options.RetryMaxMs));
            _work = new Work(work.Messages, Task.Run(() => handle(work.Messages, stop), CancellationToken.None));
            return;
        }

        if (_isClusterNew)
            return;   // these offsets are of the old logs
        foreach (var partition in work.Messages.GroupBy(message => message.TopicPartition))
        {
            try
            {
                consumer.StoreOffset(new TopicPartitionOffset(partition.Key, partition.Max(message => message.Offset.Value) + 1));
            }
            catch (KafkaException)
            {
                // Not ours any more: who has it now reads these messages again and skips them.
                LogLost(name, partition.Key.Topic, partition.Key.Partition.Value);
            }
        }

        CrashPoint.Hit("inbox.consumer.stored");
    }

    /// <summary>
    /// The brokers are not who they were: they have forgotten everything, and their logs began anew. Where this consumer was says nothing there, and a commit
    /// that was under way may have carried it over. So: from the beginning. The inbox skips what it has seen.
    /// </summary>
    /// <remarks>
    /// By a client that never knew the others. One that did is still a member of a group that is no more; a commit may then wait for a coordinator, which waits for the rebalance, which waits for
    /// this thread.
    /// </remarks>
    private void Rewind(IConsumer<string, byte[]> consumer)
    {
        var beginnings = consumer.Assignment.ConvertAll(partition => new TopicPartitionOffset(partition, new Offset(0)));
        if (beginnings.Count == 0)
            return;   // not a member yet: again soon
        try
        {
            beginnings.ForEach(consumer.StoreOffset);
            consumer.Commit(beginnings);
            beginnings.ForEach(consumer.Seek);
            _collected.Clear();
            _isClusterNew = false;
            LogRewound(name);
        }
        catch (KafkaException notYet)
        {
            LogBroker(name, notYet.Error.Reason);
        }
    }

    /// <summary>Before partitions go to another: what was collected of them is let go, and the batch in work gets a moment to end.</summary>
    private void Revoke(IConsumer<string, byte[]> consumer, IEnumerable<TopicPartition> partitions, bool canStore)
    {
        var gone = partitions.ToHashSet();
        _collected.RemoveAll(message => gone.Contains(message.TopicPartition));
        if (canStore && _work is { Failure: null } work && work.Wait(LastBatch, CancellationToken.None))
            Finish(consumer, CancellationToken.None);
    }

    private void Leave(IConsumer<string, byte[]> consumer, CancellationToken stop)
    {
        // The handler is told to stop, too. It is not called again while it runs.
        while (_work is { } work && !work.Wait(IdlePoll, CancellationToken.None))
        {
        }

        if (_work is not null)
            Finish(consumer, stop);
        _collected.Clear();
        consumer.Close();   // commits what is stored and leaves the group
    }

    private IConsumer<string, byte[]> Build() =>
        new ConsumerBuilder<string, byte[]>(KafkaSettings.Consumer(bootstrap, $"payflow.{name}", options))
            .SetPartitionsRevokedHandler((consumer, partitions) => Revoke(consumer, partitions.Select(partition => partition.TopicPartition), canStore: true))
            .SetPartitionsLostHandler((consumer, partitions) => Revoke(consumer, partitions.Select(partition => partition.TopicPartition), canStore: false))
            .SetLogHandler((_, message) =>
            {
                // The client compares the cluster's id each time it connects, and says so here only.
                if (message.Facility == "CLUSTERID")
                    _isClientOld = _isClusterNew = true;   // the right one first: who leaves then stores no offset of the old logs
                LogClient(name, message.Message);
            })
            .SetErrorHandler((_, error) =>
            {
                if (error.Code == ErrorCode.Local_AllBrokersDown && !_isBrokerAway)
                {
                    _isBrokerAway = true;
                    LogBrokerAway(name, error.Reason);
                }
            })
            .Build();

    /// <summary>A batch and what became of it.</summary>
    private sealed class Work(List<ConsumeResult<string, byte[]>> messages, Task handling)
    {
        public List<ConsumeResult<string, byte[]>> Messages => messages;

        public bool IsDone => handling.IsCompleted;

        public Exception? Failure => handling.Exception?.GetBaseException() ?? (handling.IsCanceled ? new OperationCanceledException() : null);

        public bool Wait(TimeSpan time, CancellationToken stop)
        {
            // Without throwing what the handler threw.
            WaitHandle.WaitAny([((IAsyncResult)handling).AsyncWaitHandle, stop.WaitHandle], time);
            return handling.IsCompleted;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Consumer}: the Kafka consumer is built anew")]
    private partial void LogRebuilt(Exception failure, string consumer);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer}: a batch of {Count} messages failed and is handled again")]
    private partial void LogFailed(Exception failure, string consumer, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Consumer}: no broker answers, nothing is lost: {Reason}")]
    private partial void LogBrokerAway(string consumer, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Consumer}: the Kafka cluster is another than before, so its topics are read from the beginning. Publish the outboxes again, if it lost what it had")]
    private partial void LogRewound(string consumer);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Consumer}: messages come again")]
    private partial void LogBrokerBack(string consumer);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Consumer}: {Reason}")]
    private partial void LogBroker(string consumer, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Consumer}: {Topic}[{Partition}] went to another before its offset was stored")]
    private partial void LogLost(string consumer, string topic, int partition);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Consumer}: librdkafka: {Message}")]
    private partial void LogClient(string consumer, string message);
}
