using System.Data;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>
/// Computes the whole hash chain of every shard again from the rows, and compares: every leaf, root, block and link, every running balance and entry number, the end of the chain, and every
/// head that was signed. What has committed never changes, so it is read without a snapshot, which would keep Postgres from cleaning up for as long as the walk takes; only what was
/// committed meanwhile, and the accounts, are read as of one moment at the end.
/// </summary>
internal sealed partial class VerifyChain(Shards shards, HeadKeys keys, HeadStore store, IOptions<ChainOptions> options, ILogger<VerifyChain> logger)
{
    /// <summary>Verifies shard after shard; the last element of each is its result.</summary>
    public async IAsyncEnumerable<VerifiedShard> HandleAsync([EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var shard in shards.All)
        {
            await foreach (var progress in VerifyAsync(shard, ct))
            {
                yield return progress;
            }
        }
    }

    private async IAsyncEnumerable<VerifiedShard> VerifyAsync(Shard shard, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await shard.Source.OpenConnectionAsync(ct);
        await using var walk = new ShardWalk(shard.Number, options.Value, keys, store, connection);
        await foreach (var progress in walk.WalkAsync(await ChainSql.EndAsync(connection, ct), ct))
        {
            yield return progress;
        }

        await using (await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct))
        {
            var end = await ChainSql.EndAsync(connection, ct);
            await foreach (var progress in walk.WalkAsync(end, ct))
            {
                yield return progress;
            }

            await walk.CheckRestAsync(end, ct);
        }

        await walk.CheckHeadsAsync(ct);
        var result = walk.Progress(isDone: true);
        if (result.Findings.Count > 0)
        {
            LogBroken(shard.Number, result.Findings[0].Detail, result.Findings.Count);
        }

        yield return result;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The hash chain of shard {Shard} doesn't verify: {First} ({Findings} findings)")]
    private partial void LogBroken(int shard, string first, int findings);
}
