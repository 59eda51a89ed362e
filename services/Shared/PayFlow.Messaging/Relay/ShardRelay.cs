using Microsoft.Extensions.Logging;
using PayFlow.Messaging.Feeds;
using PayFlow.Messaging.Kafka;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>
/// Publishes one shard's outbox: reads what is unpublished in the lanes it holds, hands it to the broker, waits for the confirmation, strikes it off.
/// Cut off anywhere, it publishes some events again; it never misses one.
/// </summary>
internal sealed partial class ShardRelay(
    Shard shard, LaneLease lease, OutboxSignal signal, FeedSignal feeds, KafkaProducer kafka, string source, MessagingOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LastRound = TimeSpan.FromSeconds(2);

    private readonly KeyValuePair<string, object?> _tag = new("database", shard.Database);
    private readonly RetryPause _pause = new(options, time);
    private string? _away;

    public async Task RunAsync(CancellationToken stop)
    {
        // Told to stop, a round that has begun gets the time that confirmations usually take: what is struck off is not published twice.
        using var hurry = new CancellationTokenSource();
        await using var _ = stop.UnsafeRegister(static hurry => ((CancellationTokenSource)hurry!).CancelAfter(LastRound), hurry);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var pace = Task.Delay(TimeSpan.FromMilliseconds(options.RelayPaceMs), time, stop);
                var wake = signal.Next;   // before looking: what is committed from now on is not slept over
                var found = await RoundAsync(hurry.Token);
                await pace;
                if (found == 0)
                    await Task.WhenAny(wake, Task.Delay(TimeSpan.FromMilliseconds(options.RelayPollMs), time, stop));
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (DatabaseFailure.IsInfrastructure(failure))
            {
                await GoAwayAsync($"the database: {failure.Message}", stop);
            }
            catch (Exception bug)
            {
                // Whatever it is, the service's other work goes on, and so will this when it can.
                LogFailed(bug, shard.Database, shard.Number);
                await GoAwayAsync(bug.Message, stop);
            }
        }
    }

    private async Task<int> RoundAsync(CancellationToken ct)
    {
        var lanes = lease.Lanes;
        if (lanes.Count == 0)
            return 0;
        var rows = await RelaySql.UnpublishedAsync(shard, lanes, Math.Max(1, options.RelayBatch / lanes.Count), ct);
        if (rows.Count == 0)
            return 0;

        CrashPoint.Hit("outbox.relay.read");
        var round = new PublishRound(kafka, source, time);
        var outcome = await round.RunAsync(rows, ct);
        CrashPoint.Hit("outbox.relay.produced");
        // The broker has confirmed: that is written down even when the service stops just now.
        await RelaySql.SettleAsync(shard, outcome.Published, outcome.Parked, TimeSpan.FromMilliseconds(options.ParkedRetryMs), CancellationToken.None);
        CrashPoint.Hit("outbox.relay.marked");
        if (outcome.Published.Any(row => row.Feed is not null))
            feeds.Wake();

        MessagingTelemetry.Published.Add(outcome.Published.Count, _tag);
        foreach (var stuck in outcome.Parked.Where(stuck => !stuck.Row.WasParked))
            LogParked(stuck.Row.Topic, stuck.Row.Aggregate.ToString(), stuck.Row.Sequence, stuck.Reason);
        MessagingTelemetry.Parked.Add(outcome.Parked.Count(stuck => !stuck.Row.WasParked), _tag);
        if (outcome.Away is { } reason)
            await GoAwayAsync($"the broker: {reason}", ct);
        else
            ComeBack();
        return rows.Count;
    }

    private async Task GoAwayAsync(string reason, CancellationToken ct)
    {
        if (_away is null)
            LogAway(shard.Database, shard.Number, reason);
        _away = reason;
        await _pause.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);   // told to stop, the loop ends by itself
    }

    private void ComeBack()
    {
        if (_away is not null)
            LogBack(shard.Database, shard.Number);
        _away = null;
        _pause.Reset();
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Outbox of {Database}, shard {Shard}: a round failed and is tried again")]
    private partial void LogFailed(Exception bug, string database, int shard);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Outbox of {Database}, shard {Shard}: publishing waits for {Reason}")]
    private partial void LogAway(string database, int shard, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Outbox of {Database}, shard {Shard}: publishing goes on")]
    private partial void LogBack(string database, int shard);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Topic}: event {Sequence} of {Aggregate} can't be published, so its later ones wait: {Reason}")]
    private partial void LogParked(string topic, string aggregate, long sequence, string reason);
}
