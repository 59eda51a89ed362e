using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Messaging;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// Applies requested transfers, in order, and answers each. Small requests of concurrent callers share a commit; between shards nothing is atomic, so a
/// transfer, its accounts' owners and its whole chain must live in one.
/// </summary>
internal sealed class CreateTransfers : IAsyncDisposable
{
    private readonly Shards _shards;
    private readonly TransferStore _store;
    private readonly InterShardTransfers _interShard;
    private readonly LedgerOptions _options;
    private readonly ShardedGroupCommit<Part, IReadOnlyList<TransferRefusal>> _commits;
    private readonly KnownAccounts[] _known;   // by shard

    public CreateTransfers(Shards shards, TransferStore store, InterShardTransfers interShard, IOptions<LedgerOptions> options)
    {
        (_shards, _store, _interShard, _options) = (shards, store, interShard, options.Value);
        var bounds = new GroupCommitOptions { MaxBatch = _options.MaxRequestsPerCommit, MaxQueue = _options.MaxRequestsWaiting };
        _commits = new(shards, CommitAsync, bounds);
        _known = [.. shards.All.Select(_ => new KnownAccounts(_options.MaxKnownAccounts))];
    }

    /// <returns>One result per transfer, in order.</returns>
    /// <exception cref="GroupCommitFullException">Too many callers wait. Nothing was written.</exception>
    public async Task<IReadOnlyList<TransferRefusal>> HandleAsync(IReadOnlyList<NewTransfer> transfers, CancellationToken ct)
    {
        var results = new TransferRefusal[transfers.Count];
        var parts = new SortedDictionary<int, Part>();   // by shard
        var between = new List<int>();
        var slots = new HashSet<Slot>();
        for (int start = 0, end; start < transfers.Count; start = end)
        {
            end = LedgerEngine.EndOfChain(transfers, start);
            slots.Clear();
            for (var i = start; i < end; i++)
            {
                AddSlots(transfers[i], slots);
            }

            if (OnlyShard(slots) is not { } shard)
            {
                results.AsSpan(start..end).Fill(TransferRefusal.ShardsDiffer);
                if (end == start + 1 && _interShard.IsOne(transfers[start]))
                {
                    between.Add(start);
                }

                continue;
            }

            parts.TryAdd(shard, new Part([], [], []));
            parts[shard].Slots.UnionWith(slots);
            for (var i = start; i < end; i++)
            {
                parts[shard].Transfers.Add(transfers[i]);
                parts[shard].Indexes.Add(i);
            }
        }

        foreach (var (shard, part) in parts)
        {
            var answered = await ApplyAsync(_shards.All[shard], part, ct);
            for (var i = 0; i < answered.Count; i++)
            {
                results[part.Indexes[i]] = answered[i];
            }
        }

        foreach (var index in between)   // after what the same request does in each shard
        {
            results[index] = await _interShard.HandleAsync(transfers[index], ct);
        }

        return results;
    }

    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        foreach (var known in _known)
        {
            known.Dispose();
        }
    }

    private async Task<IReadOnlyList<TransferRefusal>> ApplyAsync(Shard shard, Part part, CancellationToken ct)
    {
        if (part.Transfers.Count <= _options.MaxTransfersToShareCommit)
        {
            return await _commits.CommitAsync(shard, part, ct);
        }

        var answered = await CommitAsync(shard, [part], ct);
        return answered[0];
    }

    /// <summary>Several requests as one batch and one commit.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<TransferRefusal>>> CommitAsync(Shard shard, IReadOnlyList<Part> parts, CancellationToken ct)
    {
        var (transfers, slots) = parts is [var only] ? (only.Transfers, only.Slots) : ([.. parts.SelectMany(part => part.Transfers)], [.. parts.SelectMany(part => part.Slots)]);
        await using var transaction = await shard.BeginAsync(ct, slots);
        using var turn = await _known[shard.Number].TakeTurnAsync(ct);
        var results = await _store.ApplyAsync(transaction, TransferPlan.Of(transfers), ct, turn);
        await transaction.CommitAsync(ct);
        turn.Keep();
        CrashPoint.Hit("ledger.transfers.committed");

        var answers = new IReadOnlyList<TransferRefusal>[parts.Count];
        for (int i = 0, start = 0; i < parts.Count; start += parts[i].Transfers.Count, i++)
        {
            answers[i] = [.. results.Skip(start).Take(parts[i].Transfers.Count)];
        }

        return answers;
    }

    /// <summary>The one shard where all these slots live; null when there are several.</summary>
    private int? OnlyShard(HashSet<Slot> slots)
    {
        int? only = null;
        foreach (var slot in slots)
        {
            var shard = _shards.For(slot).Number;
            if (only is { } other && other != shard)
            {
                return null;
            }

            only = shard;
        }

        return only;
    }

    private static void AddSlots(NewTransfer transfer, HashSet<Slot> slots)
    {
        slots.Add(transfer.Id.Slot);
        Add(transfer.Debit.Path);
        Add(transfer.Credit.Path);

        void Add(string? path)
        {
            if (ChartOfAccounts.SlotOf(path) is { } slot)
            {
                slots.Add(slot);
            }
        }
    }

    /// <summary>What of a request belongs to one shard.</summary>
    /// <param name="Transfers">In the order of the request.</param>
    /// <param name="Indexes">Where each was in the request.</param>
    /// <param name="Slots">The slots of the transfers and of their accounts' owners.</param>
    private sealed record Part(List<NewTransfer> Transfers, List<int> Indexes, HashSet<Slot> Slots);
}
