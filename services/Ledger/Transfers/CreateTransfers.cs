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
    private readonly LedgerOptions _options;
    private readonly GroupCommit<IReadOnlyList<NewTransfer>, IReadOnlyList<TransferRefusal>>[] _commits;   // by shard

    public CreateTransfers(Shards shards, TransferStore store, IOptions<LedgerOptions> options)
    {
        (_shards, _store, _options) = (shards, store, options.Value);
        var bounds = new GroupCommitOptions { MaxBatch = _options.MaxRequestsPerCommit, MaxQueue = _options.MaxRequestsWaiting };
        _commits = [.. shards.All.Select(shard => new GroupCommit<IReadOnlyList<NewTransfer>, IReadOnlyList<TransferRefusal>>((requests, ct) => CommitAsync(shard, requests, ct), bounds))];
    }

    /// <returns>One result per transfer, in order.</returns>
    /// <exception cref="GroupCommitFullException">Too many callers wait. Nothing was written.</exception>
    public async Task<IReadOnlyList<TransferRefusal>> HandleAsync(IReadOnlyList<NewTransfer> transfers, CancellationToken ct)
    {
        var results = new TransferRefusal[transfers.Count];
        var byShard = new SortedDictionary<int, List<int>>();
        for (int start = 0, end; start < transfers.Count; start = end)
        {
            end = LedgerEngine.EndOfChain(transfers, start);
            var shards = Enumerable.Range(start, end - start).SelectMany(index => SlotsOf(transfers[index])).Distinct().Select(slot => _shards.For(slot).Number).Distinct().ToList();
            if (shards is [var only])
            {
                byShard.TryAdd(only, []);
                byShard[only].AddRange(Enumerable.Range(start, end - start));
            }
            else
            {
                results.AsSpan(start..end).Fill(TransferRefusal.ShardsDiffer);
            }
        }

        foreach (var (shard, indexes) in byShard)
        {
            var answered = await ApplyAsync(_shards.All[shard], [.. indexes.Select(index => transfers[index])], ct);
            foreach (var (index, result) in indexes.Zip(answered))
            {
                results[index] = result;
            }
        }

        return results;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var commit in _commits)
        {
            await commit.DisposeAsync();
        }
    }

    private async Task<IReadOnlyList<TransferRefusal>> ApplyAsync(Shard shard, IReadOnlyList<NewTransfer> transfers, CancellationToken ct)
    {
        if (transfers.Count <= _options.MaxTransfersToShareCommit)
        {
            return await _commits[shard.Number].CommitAsync(transfers, ct);
        }

        var answered = await CommitAsync(shard, [transfers], ct);
        return answered[0];
    }

    /// <summary>Several requests as one batch and one commit.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<TransferRefusal>>> CommitAsync(Shard shard, IReadOnlyList<IReadOnlyList<NewTransfer>> requests, CancellationToken ct)
    {
        var transfers = requests.SelectMany(request => request).ToList();
        await using var transaction = await shard.BeginAsync(ct, transfers.SelectMany(SlotsOf).Distinct());
        var results = await _store.ApplyAsync(transaction, TransferPlan.Of(transfers), ct);
        await transaction.CommitAsync(ct);
        CrashPoint.Hit("ledger.transfers.committed");

        var answers = new IReadOnlyList<TransferRefusal>[requests.Count];
        for (int i = 0, start = 0; i < requests.Count; start += requests[i].Count, i++)
        {
            answers[i] = [.. results.Skip(start).Take(requests[i].Count)];
        }

        return answers;
    }

    private static IEnumerable<Slot> SlotsOf(NewTransfer transfer)
    {
        yield return transfer.Id.Slot;
        foreach (var path in new[] { transfer.Debit.Path, transfer.Credit.Path })
        {
            if (path is not null && ChartOfAccounts.TryGetOwner(path, out var owner))
            {
                yield return owner.Slot;
            }
        }
    }
}
