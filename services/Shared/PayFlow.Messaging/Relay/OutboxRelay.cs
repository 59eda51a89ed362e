using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PayFlow.Messaging.Feeds;
using PayFlow.Messaging.Kafka;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>Publishes the outbox of every shard of one database, measures what waits, and forgets what was kept long enough.</summary>
internal sealed partial class OutboxRelay(
    Shards shards, OutboxSignal signal, FeedSignal feeds, KafkaProducer kafka, InstanceName instance, IHostEnvironment host, MessagingOptions options, TimeProvider time, ILogger<OutboxRelay> logger)
    : BackgroundService
{
    private const int Page = 5_000;

    private volatile IReadOnlyList<LaneBacklog> _backlog = [];

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var meter = Measure();
        await Task.WhenAll(shards.All.Select(shard => RunAsync(shard, stop)).Append(KeepHouseAsync(stop)));
    }

    private async Task RunAsync(Shard shard, CancellationToken stop)
    {
        await Task.Yield();
        var lease = new LaneLease(shard, instance.Value, options, time, logger);
        var relay = new ShardRelay(shard, lease, signal, feeds, kafka, host.ApplicationName, options, time, logger);
        using var leave = new CancellationTokenSource();
        var leasing = lease.RunAsync(leave.Token);
        await relay.RunAsync(stop);
        await leave.CancelAsync();   // only now: the last round was still ours
        await leasing;
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
        var backlog = new List<LaneBacklog>();
        foreach (var shard in shards.All)
        {
            try
            {
                var mine = (await BacklogSql.LanesAsync(shard, ct)).Where(lane => lane.Owner == instance.Value).ToList();
                backlog.AddRange(mine);
                if (mine.Any(lane => lane.Lane == 0))   // one relay per shard forgets
                    await ForgetAsync(shard, ct);
            }
            catch (Exception failure)
            {
                LogHousekeeping(DatabaseFailure.IsInfrastructure(failure) ? LogLevel.Debug : LogLevel.Error, failure, shard.Database, shard.Number);
            }
        }

        _backlog = backlog;
    }

    private async Task ForgetAsync(Shard shard, CancellationToken ct)
    {
        var last = 0L;
        while (await RelaySql.ForgetAsync(shard, TimeSpan.FromDays(options.RetentionDays), last, Page, ct) is { } next)
            last = next;
    }

    /// <summary>Each relay reports the lanes that it holds, so that sums over all relays are right.</summary>
    private Meter Measure()
    {
        var meter = new Meter(MessagingTelemetry.Name);
        meter.CreateObservableGauge("payflow.outbox.unpublished", () => _backlog.Select(lane => new Measurement<long>(lane.Unpublished, Tags(lane))), "{event}", "Events that wait to be published.");
        meter.CreateObservableGauge("payflow.outbox.oldest_age", () => _backlog.Select(lane => new Measurement<double>(lane.OldestSeconds, Tags(lane))), "s", "How long the oldest event waits.");
        return meter;
    }

    private KeyValuePair<string, object?>[] Tags(LaneBacklog lane) => [new("database", shards.Database), new("shard", lane.Shard), new("lane", (int)lane.Lane)];

    [LoggerMessage(Message = "Outbox of {Database}, shard {Shard}: housekeeping is put off")]
    private partial void LogHousekeeping(LogLevel level, Exception failure, string database, int shard);
}
