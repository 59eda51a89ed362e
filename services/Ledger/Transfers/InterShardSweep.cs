using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>Finishes transfers between shards that a dead process left. Several at once do no harm: each is finished by one.</summary>
internal sealed partial class InterShardSweep(Shards shards, InterShardTransfers transfers, IOptions<LedgerOptions> options, TimeProvider time, ILogger<InterShardSweep> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        ShardRounds.RunAsync(shards, options.Value.InterShardSweepEvery, time, SweepAsync, LogFailed, stoppingToken);

    private async Task SweepAsync(Shard shard, CancellationToken ct)
    {
        // Not those that their caller is just about to finish.
        foreach (var left in await InterShardSql.ListAsync(shard, time.GetUtcNow() - options.Value.InterShardSweepEvery, options.Value.PageSize, ct))
        {
            LogFinished(left.Id, shard.Number, (await transfers.FinishAsync(shard, left, ct)).Code());
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Transfer} was reserved in shard {Shard} and left; it is finished: {Result}")]
    private partial void LogFinished(Kernel.Id transfer, int shard, string result);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Transfers that shard {Shard} has reserved for others could not be finished; the next try comes soon")]
    private partial void LogFailed(Exception failure, int shard);
}
