using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Auth.Execution;

/// <summary>
/// Refuses what would be accepted for later while too much of that waits already, per shard. It is looked at in the background; a request reads what was seen last, so up to
/// a look's time of requests may be accepted beyond the limit. Those that wait for their answer are not refused: they are bounded by what runs at once.
/// </summary>
public sealed partial class Backlog : BackgroundService
{
    private static readonly Refusal TooMuch = new(
        RefusalKind.Unavailable,
        "backlog_full",
        "More payments are accepted than are being carried out. Nothing was done. Send this one again later, with the same idempotency key, or without Prefer: respond-async.");

    private readonly Shards shards;
    private readonly BacklogOptions options;
    private readonly ExecutorOptions executor;
    private readonly TimeProvider time;
    private readonly ILogger<Backlog> logger;
    private readonly Meter meter;
    private readonly BacklogWindow[] seen;

    public Backlog(Shards shards, IOptions<BacklogOptions> options, IOptions<ExecutorOptions> executor, IMeterFactory meters, TimeProvider time, ILogger<Backlog> logger)
    {
        ArgumentNullException.ThrowIfNull(shards);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentNullException.ThrowIfNull(meters);
        (this.shards, this.options, this.executor, this.time, this.logger) = (shards, options.Value, executor.Value, time, logger);
        seen = [.. shards.All.Select(_ => BacklogWindow.Empty)];
        meter = meters.Create(AuthTelemetry.Name);
        meter.CreateObservableGauge("payflow.backlog.length", () => Measured(sample => sample.Length), description: "Requests that are accepted and not finished, by shard.");
        meter.CreateObservableGauge("payflow.backlog.oldest_age", () => Measured(sample => sample.OldestAge.TotalSeconds), "s", "How long the oldest request that nobody has begun waits, by shard.");
    }

    /// <summary>Why nothing more is accepted for later now; null when it is.</summary>
    public Refusal? WhyNotNow(Slot slot) => Seen(shards.For(slot)) is { IsTooMuch: true } window ? TooMuch with { RetryAfter = window.RetryAfter(options) } : null;

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.SampleEvery, time);
        do
        {
            foreach (var shard in shards.All)
            {
                try
                {
                    await LookAsync(shard, stoppingToken);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    LogFailed(failure, shard.Number);   // what was seen last stands
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(Shard shard, CancellationToken ct)
    {
        var sample = await BacklogSql.MeasureAsync(shard.Source, time.GetUtcNow(), executor.LeaseDuration + executor.RetryUpTo, options.CountUpTo, ct);
        var before = Seen(shard);
        var after = before.After(sample, options);
        Volatile.Write(ref seen[shard.Number], after);
        if (after.IsTooMuch && !before.IsTooMuch)
        {
            LogBegins(shard.Number, sample.Length, sample.OldestAge);
        }
        else if (before.IsTooMuch && !after.IsTooMuch)
        {
            LogEnds(shard.Number, sample.Length, sample.OldestAge);
        }
    }

    private BacklogWindow Seen(Shard shard) => Volatile.Read(ref seen[shard.Number]);

    private IEnumerable<Measurement<T>> Measured<T>(Func<BacklogSample, T> value) where T : struct =>
        from shard in shards.All
        let samples = Seen(shard).Samples
        where !samples.IsEmpty
        select new Measurement<T>(value(samples[^1]), new KeyValuePair<string, object?>("shard", shard.Number));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Shard {Shard} accepts nothing more for later: {Length} requests are unfinished, and the oldest that nobody has begun waits for {Age}")]
    private partial void LogBegins(int shard, long length, TimeSpan age);

    [LoggerMessage(Level = LogLevel.Information, Message = "Shard {Shard} accepts requests for later again: {Length} are unfinished, and the oldest that nobody has begun waits for {Age}")]
    private partial void LogEnds(int shard, long length, TimeSpan age);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The backlog of shard {Shard} could not be looked at")]
    private partial void LogFailed(Exception failure, int shard);
}
