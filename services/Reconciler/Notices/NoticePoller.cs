using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults.Acquirers;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Notices;

/// <summary>Asks each acquirer for its notices, one process at a time; two at once would do no harm. An acquirer that is away is asked on, with pauses that grow, and keeps nobody from asking the others.</summary>
internal sealed partial class NoticePoller(
    Shards shards, NoticeDesk desk, NoticeTelemetry telemetry, IOptions<NoticeOptions> options, TimeProvider time, ILogger<NoticePoller> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = time.GetUtcNow();
        foreach (var acquirer in options.Value.Acquirers)
        {
            telemetry.Read(acquirer, started);   // one that never answers grows old, too
        }

        return Task.WhenAll(options.Value.Acquirers.Select(acquirer => FollowAsync(acquirer, stoppingToken)));
    }

    private async Task FollowAsync(string acquirer, CancellationToken stop)
    {
        var failures = 0;
        while (!stop.IsCancellationRequested)
        {
            var pause = options.Value.Poll;
            try
            {
                await RoundAsync(acquirer, stop);
                failures = 0;
            }
            catch (Exception failure) when (!stop.IsCancellationRequested)
            {
                pause = options.Value.PauseAfter(++failures);
                if (failure is AcquirerFailedException or FormatException)
                    LogAway(acquirer, failures, pause, failure.Message);
                else
                    LogFailed(failure, acquirer, failures, pause);
            }

            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads a feed and takes what it told. What waits is taken also while the acquirer is away.</summary>
    private async Task RoundAsync(string acquirer, CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(shards.All[0].Source, TurnOf(acquirer), ct);
        if (turn is null)
        {
            telemetry.Read(acquirer, time.GetUtcNow());   // another process reads it, and tells when it can't
            return;
        }

        try
        {
            await desk.ReadAsync(acquirer, ct);
            telemetry.Read(acquirer, time.GetUtcNow());
        }
        finally
        {
            await desk.TakeAsync(acquirer, ct);
        }
    }

    private static long TurnOf(string acquirer) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"reconciler.notices:{acquirer}")));

    [LoggerMessage(Level = LogLevel.Warning, Message = "The notices of {Acquirer} could not be read {Failures} times in a row; next in {Pause}: {Reason}")]
    private partial void LogAway(string acquirer, int failures, TimeSpan pause, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A round of the notices of {Acquirer} failed ({Failures} in a row); next in {Pause}")]
    private partial void LogFailed(Exception failure, string acquirer, int failures, TimeSpan pause);
}
