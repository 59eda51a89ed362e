using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using PayFlow.Ledger.Transfers;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// Signs where the chain of each shard has come to, and takes it out of Postgres. One process does so for a shard at a time. A head is signed only when every block since the last
/// signed one follows from it: what was signed once is never contradicted. A process that dies leaves a head out, or has it written without knowing; the next one goes on from what is written.
/// </summary>
internal sealed partial class SignHeads(Shards shards, HeadKeys keys, HeadStore store, IOptions<ChainOptions> options, TimeProvider time, ILogger<SignHeads> logger) : BackgroundService
{
    // "signhead" in hexadecimal of ASCII.
    private const long Turn = 0x7369676E68656164;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly Dictionary<int, (SignedHead? Last, (string?, long) Mark)> _known = [];

    private readonly ConcurrentDictionary<int, string> _faults = [];

    /// <summary>What kept the last round from signing, by shard.</summary>
    public IReadOnlyDictionary<int, string> Faults => _faults;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Looked at more often than signed: a chain that grows fast is signed sooner.
        using var timer = new PeriodicTimer(options.Value.HeadInterval < LongestPause ? options.Value.HeadInterval : LongestPause, time);
        do
        {
            foreach (var shard in shards.All)
            {
                try
                {
                    await SignAsync(shard, stoppingToken);
                    _faults.TryRemove(shard.Number, out _);
                }
                catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
                {
                    Note(shard.Number, failure);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Signs what a shard's chain has grown by, if it is time; a long stretch gets several heads.</summary>
    /// <returns>How many heads were signed.</returns>
    /// <exception cref="ChainBrokenException">The chain doesn't go on from what was signed.</exception>
    internal async Task<int> SignAsync(Shard shard, CancellationToken ct)
    {
        await using var turn = await TurnSql.TryTakeAsync(shard.Source, Turn, ct);
        if (turn is null)
        {
            return 0;
        }

        var last = await LastAsync(shard.Number, ct);
        var known = last is null ? ChainEnd.Beginning : new ChainEnd(last.Head.Block, last.Head.BlockHash);
        await using var connection = await shard.Source.OpenConnectionAsync(ct);
        var end = await ChainSql.EndAsync(connection, ct);
        if (end.Number < known.Number)
        {
            throw new ChainBrokenException($"The chain ends with block {end.Number}, but block {known.Number} was signed: its tail was cut.");
        }

        var signed = 0;
        for (var transfers = last?.Head.Transfers ?? 0; IsDue(last, end.Number - known.Number); signed++)
        {
            var blocks = await ChainSql.BlocksAsync(connection, known.Number, end.Number, options.Value.HeadBlocks, ct);
            known = Follow(known, blocks);
            transfers += blocks.Sum(block => (long)block.Transfers);
            if (known.Number == end.Number && !known.Is(end))
            {
                throw new ChainBrokenException($"Block {known.Number} has another hash than the end of the chain.");
            }

            last = keys.Sign(new Head(shard.Number, known.Number, known.Hash, transfers, LedgerEngine.ToMicroseconds(time.GetUtcNow())));
            CrashPoint.Hit("ledger.head.signed");
            await store.AppendAsync(last, ct);
            CrashPoint.Hit("ledger.head.written");
            _known[shard.Number] = (last, store.Mark(shard.Number));
            LogSigned(shard.Number, known.Number, transfers);
            if (known.Number < end.Number)
            {
                last = null;   // the rest of a long stretch doesn't wait
            }
        }

        return signed;
    }

    /// <summary>Keeps a fault for the health check, and says it once.</summary>
    private void Note(int shard, Exception failure)
    {
        if (_faults.TryGetValue(shard, out var known) && known == failure.Message)
        {
            return;
        }

        _faults[shard] = failure.Message;
        if (failure is ChainBrokenException)
        {
            LogBroken(shard, failure.Message);
        }
        else
        {
            LogFailed(failure, shard);
        }
    }

    private bool IsDue(SignedHead? last, long blocks) =>
        blocks > 0 && (last is null || blocks >= options.Value.HeadBlocks || time.GetUtcNow() - last.Head.SignedAt >= options.Value.HeadInterval);

    private static ChainEnd Follow(ChainEnd known, List<Block> blocks)
    {
        if (blocks.Count == 0)
        {
            throw new ChainBrokenException($"There is no block after {known.Number}, though the chain is said to go on.");
        }

        foreach (var block in blocks)
        {
            known = block.Follows(known) && block.IsHashed() ? block.AsEnd() : throw new ChainBrokenException($"Block {block.Number} doesn't follow from block {known.Number}, which was signed or follows from what was.");
        }

        return known;
    }

    /// <summary>The last head of a shard. It is read again when somebody else has added one.</summary>
    private async Task<SignedHead?> LastAsync(int shard, CancellationToken ct)
    {
        var mark = store.Mark(shard);
        if (!_known.TryGetValue(shard, out var known) || known.Mark != mark)
        {
            _known[shard] = known = (await store.LastAsync(shard, ct), mark);
        }

        return known.Last;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Signed the head of shard {Shard}: block {Block}, {Transfers} transfers so far")]
    private partial void LogSigned(int shard, long block, long transfers);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The chain of shard {Shard} is not signed any more: {Fault} Run `eng/payflow verify-ledger`.")]
    private partial void LogBroken(int shard, string fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "No head of shard {Shard} could be signed; it is tried again")]
    private partial void LogFailed(Exception failure, int shard);
}

/// <summary>The chain doesn't go on from what was signed.</summary>
internal sealed class ChainBrokenException(string message) : Exception(message);
