using System.Diagnostics.Metrics;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PayFlow.Messaging.Kafka;
using PayFlow.Storage;

namespace PayFlow.Messaging.Inbox;

/// <summary>Consumes topics into one inbox: groups by shard, applies, and only then lets the offsets go on.</summary>
internal sealed partial class EventConsumerService(
    EventInbox inbox, Shards shards, IReadOnlyList<string> topics, KafkaProducer kafka, IConfiguration configuration, MessagingOptions options, TimeProvider time, ILogger<EventConsumerService> logger)
    : BackgroundService
{
    private const int Page = 100;

    private readonly RetryPause _pause = new(options, time);
    private volatile BacklogNumbers _numbers = new(0, 0, 0);
    private string? _away;

    public EventInbox Inbox => inbox;

    public Shards Shards => shards;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        var consumer = new BatchConsumer(inbox.Name, topics, KafkaProducer.Bootstrap(configuration), HandleAsync, options, logger);
        using var meter = Measure(consumer);
        await Task.WhenAll(consumer.RunAsync(stop), KeepHouseAsync(stop));
    }

    private async Task HandleAsync(IReadOnlyList<ConsumeResult<string, byte[]>> messages, CancellationToken ct)
    {
        var left = new List<ReceivedEvent>(messages.Count);
        foreach (var message in messages)
        {
            if (EventHeaders.TryRead(message, out var received, out var reason))
                left.Add(received);
            else
                await SetAsideAsync(message, reason, ct);
        }

        CrashPoint.Hit("inbox.consumer.polled");
        while (left.Count > 0)
        {
            left = await ApplyAsync(left, ct);
            if (left.Count > 0)
                await _pause.WaitAsync(ct);
        }

        ComeBack();
    }

    /// <summary>One transaction per shard. Returns the events of shards that are not well, or of slots that are on the move; they are tried again.</summary>
    private async Task<List<ReceivedEvent>> ApplyAsync(List<ReceivedEvent> events, CancellationToken ct)
    {
        var again = new List<ReceivedEvent>();
        foreach (var group in events.GroupBy(received => shards.Find(received.Slot)?.Number))
        {
            var ofShard = group.ToList();
            try
            {
                if (group.Key is { } number)
                {
                    await inbox.ApplyAsync(shards.All[number], ofShard, ct);
                    continue;
                }

                await shards.RefreshAsync(ct);
                again.AddRange(ofShard);
            }
            catch (Exception failure) when (EventInbox.IsTransient(failure) && !ct.IsCancellationRequested)
            {
                again.AddRange(ofShard);
                GoAway(failure);
            }
        }

        return again;
    }

    /// <summary>A message that is no event of ours belongs to no aggregate, so none can stand still for it: it goes to the dead-letter topic as it is.</summary>
    private async Task SetAsideAsync(ConsumeResult<string, byte[]> message, string reason, CancellationToken ct)
    {
        LogUnreadable(inbox.Name, message.Topic, message.Partition.Value, message.Offset.Value, reason);
        MessagingTelemetry.Unreadable.Add(1, new KeyValuePair<string, object?>("consumer", inbox.Name));
        await DeadLetterTopic.ProduceAsync(kafka, message, inbox.Name, reason, new RetryPause(options, time), ct);
    }

    private async Task KeepHouseAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(options.HousekeepingMs), time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await KeepHouseOnceAsync(stop);
        }
    }

    private async Task KeepHouseOnceAsync(CancellationToken ct)
    {
        var numbers = new BacklogNumbers(0, 0, 0);
        foreach (var shard in shards.All)
        {
            try
            {
                await inbox.ApplyReadyAsync(shard, ct);
                await AnnounceAsync(shard, ct);
                var (waiting, late, example) = await InboxSql.WaitingAsync(shard, inbox.Name, TimeSpan.FromSeconds(options.GapAlarmSeconds), ct);
                if (late > 0 && _numbers.Late == 0)
                    LogGap(inbox.Name, late, options.GapAlarmSeconds, example);
                numbers = numbers.Add(waiting, late, await DeadLetterSql.CountOpenAsync(shard, inbox.Name, ct));
            }
            catch (Exception failure)
            {
                LogHousekeeping(EventInbox.IsTransient(failure) ? LogLevel.Debug : LogLevel.Error, failure, inbox.Name, shard.Number);
            }
        }

        _numbers = numbers;
    }

    /// <summary>Writes dead letters to the dead-letter topic too. Not when they are buried: no network call belongs into a transaction.</summary>
    private async Task AnnounceAsync(Shard shard, CancellationToken ct)
    {
        foreach (var letter in await DeadLetterSql.UnannouncedAsync(shard, inbox.Name, Page, ct))
        {
            await DeadLetterTopic.ProduceAsync(kafka, letter, ct);
            CrashPoint.Hit("inbox.deadletter.announced");
            await DeadLetterSql.AnnouncedAsync(shard, letter.Number, ct);
        }
    }

    private Meter Measure(BatchConsumer consumer)
    {
        var meter = new Meter(MessagingTelemetry.Name);
        KeyValuePair<string, object?> tag = new("consumer", inbox.Name);
        meter.CreateObservableGauge("payflow.consumer.lag", () => consumer.Lag().Select(lag => new Measurement<long>(lag.Messages, tag, new("topic", lag.Topic))), "{message}", "Messages that are not applied yet, of this process's partitions.");
        meter.CreateObservableGauge("payflow.inbox.waiting", () => new Measurement<long>(_numbers.Waiting, tag), "{event}", "Events that came before their turn, of all processes.");
        meter.CreateObservableGauge("payflow.inbox.late", () => new Measurement<long>(_numbers.Late, tag), "{aggregate}", "Aggregates that have waited too long for a missing event, of all processes.");
        meter.CreateObservableGauge("payflow.inbox.dead_letters", () => new Measurement<long>(_numbers.Dead, tag), "{event}", "Dead letters that nobody replayed yet, of all processes.");
        return meter;
    }

    private void GoAway(Exception failure)
    {
        if (_away is null)
            LogAway(inbox.Name, failure.Message);
        _away = failure.Message;
    }

    private void ComeBack()
    {
        if (_away is not null)
            LogBack(inbox.Name);
        _away = null;
        _pause.Reset();
    }

    private sealed record BacklogNumbers(long Waiting, long Late, long Dead)
    {
        public BacklogNumbers Add(long waiting, long late, long dead) => new(Waiting + waiting, Late + late, Dead + dead);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Consumer} waits, its events are kept: {Reason}")]
    private partial void LogAway(string consumer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Consumer} goes on")]
    private partial void LogBack(string consumer);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer}: {Topic}[{Partition}]@{Offset} is no event of ours and goes to the dead-letter topic: {Reason}")]
    private partial void LogUnreadable(string consumer, string topic, int partition, long offset, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Consumer}: events of {Aggregates} aggregates have waited more than {Seconds} s for an earlier one, for example {Example}. Publish the outbox again")]
    private partial void LogGap(string consumer, long aggregates, int seconds, string? example);

    [LoggerMessage(Message = "{Consumer}, shard {Shard}: housekeeping is put off")]
    private partial void LogHousekeeping(LogLevel level, Exception failure, string consumer, int shard);
}
