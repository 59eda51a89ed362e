using Microsoft.Extensions.Options;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>Makes the partitions of the months to come, before anything is taken and then every hour. Two at once do no harm: the database makes each once.</summary>
internal sealed partial class PartitionWorker(Shards shards, IOptions<PartitionOptions> options, TimeProvider time, ILogger<PartitionWorker> logger) : BackgroundService
{
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await MakeAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Makes what is missing of this month and those after it.</summary>
    public async Task MakeAsync(CancellationToken ct)
    {
        var month = Period.Of(time.GetUtcNow());
        foreach (var shard in shards.All)
        {
            if (await PartitionSql.MakeAsync(shard, month, options.Value.Ahead + 1, ct) is > 0 and var made)
            {
                LogMade(made, shard.Number, month);
            }
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await MakeAsync(stoppingToken);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(failure);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Made} partitions were made in shard {Shard}, from {Month} on")]
    private partial void LogMade(int made, int shard, Period month);

    [LoggerMessage(Level = LogLevel.Error, Message = "Partitions could not be made; the next try comes soon")]
    private partial void LogFailed(Exception failure);
}
