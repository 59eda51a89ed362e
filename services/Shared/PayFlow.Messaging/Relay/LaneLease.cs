using Microsoft.Extensions.Logging;
using PayFlow.Storage;

namespace PayFlow.Messaging.Relay;

/// <summary>The lanes of one shard that this process publishes. Renews itself in the background, so that a slow broker does not cost the lease.</summary>
internal sealed partial class LaneLease(Shard shard, string me, MessagingOptions options, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    private readonly TimeSpan _lease = TimeSpan.FromMilliseconds(options.LeaseMs);
    private volatile Held _held = new([], 0);

    /// <summary>The lanes that are certainly this relay's right now.</summary>
    public IReadOnlyList<short> Lanes => _held is { } held && time.GetElapsedTime(held.Since) < _lease ? held.Lanes : [];

    /// <summary>Renews the lease after each third of it, until told to stop; then gives the lanes up.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var since = time.GetTimestamp();   // before the database counts: our lease never ends later than its
                var lanes = await LaneSql.HoldAsync(shard, me, _lease, stop);
                if (!lanes.SequenceEqual(_held.Lanes))
                    LogLanes(shard.Database, shard.Number, lanes.Count == 0 ? "none" : string.Join(", ", lanes));
                _held = new(lanes, since);
            }
            catch (Exception failure) when (DatabaseFailure.IsInfrastructure(failure))
            {
                LogNotRenewed(shard.Database, shard.Number, failure.Message);   // it runs out by itself
            }

            await Task.Delay(_lease / 3, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await LeaveAsync();
    }

    private async Task LeaveAsync()
    {
        _held = new([], 0);
        using var timeout = new CancellationTokenSource(LeaveTimeout, time);
        try
        {
            await LaneSql.LeaveAsync(shard, me, timeout.Token);
        }
        catch (Exception failure) when (DatabaseFailure.IsInfrastructure(failure))
        {
            LogNotRenewed(shard.Database, shard.Number, failure.Message);   // others wait until it has run out
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Outbox of {Database}, shard {Shard}: the lease of the lanes was not written: {Reason}")]
    private partial void LogNotRenewed(string database, int shard, string reason);

    private sealed record Held(IReadOnlyList<short> Lanes, long Since);

    [LoggerMessage(Level = LogLevel.Information, Message = "Outbox of {Database}, shard {Shard}: this relay publishes lanes {Lanes}")]
    private partial void LogLanes(string database, int shard, string lanes);
}
