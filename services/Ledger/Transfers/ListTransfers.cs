using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Partitions;
using PayFlow.Ledger.Periods;
using PayFlow.Ledger.Slots;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>
/// Transfers by id, of a payment, of an account, or all, wherever they were posted; page by page, so that neither memory nor a snapshot is held while a slow caller reads.
/// </summary>
internal sealed class ListTransfers(Shards shards, EarlierShards earlier, IOptions<LedgerOptions> options)
{
    /// <summary>The month (UTC) before which transfers are in archives and are not listed; null when none is.</summary>
    public async Task<Period?> ArchivedBeforeAsync(CancellationToken ct) => (await Task.WhenAll(shards.All.Select(shard => ArchiveSql.ArchivedBeforeAsync(shard, ct)))).Max();

    /// <summary>One transfer, as it is now; null when there is none.</summary>
    public async Task<ListedTransfer?> FindAsync(Id transfer, CancellationToken ct)
    {
        if (await TransferSql.FindAsync(shards.For(transfer.Slot), transfer, ct) is { } here)
        {
            return here;
        }

        foreach (var shard in (await earlier.OfAsync(transfer.Slot, ct)).Reverse())
        {
            if (await TransferSql.FindAsync(shard, transfer, ct) is { } before)
            {
                return before;
            }
        }

        return null;
    }

    /// <summary>All transfers of a payment, oldest first. One that came along from another shard is told once, as it is now.</summary>
    public async Task<List<ListedTransfer>> OfPaymentAsync(Id payment, CancellationToken ct)
    {
        var here = await TransferSql.ListAsync(shards.For(payment.Slot), payment, ct);
        var places = await earlier.OfAsync(payment.Slot, ct);
        if (places.Count == 0)
        {
            return here;
        }

        var all = new List<ListedTransfer>();
        foreach (var shard in places)
        {
            all.AddRange(await TransferSql.ListAsync(shard, payment, ct));
        }

        all.AddRange(here);
        all.RemoveAll(listed => listed.Transfer.Type == TransferType.SlotMove);
        var now = all.GroupBy(listed => listed.Transfer.Id).ToDictionary(same => same.Key, same => same.Last());
        return [.. all.DistinctBy(listed => listed.Transfer.Id).Select(listed => now[listed.Transfer.Id])];
    }

    /// <summary>Where the account of an owner has been; null when it was never opened.</summary>
    public async Task<AccountHistory?> HistoryAsync(AccountName name, CancellationToken ct)
    {
        if (!ChartOfAccounts.TryGetOwner(name.Path, out var owner))
        {
            throw new ArgumentException($"{name} has no owner: it is in every shard.", nameof(name));
        }

        var shard = shards.For(owner.Slot);
        return await AccountSql.FindAsync(shard, name, ct) is { } account ? await HistoryAsync(shard, account, ct) : null;
    }

    /// <summary>Where an account has been that is in a shard now.</summary>
    public async Task<AccountHistory> HistoryAsync(Shard shard, Account account, CancellationToken ct)
    {
        var parts = new List<HistoryPart>();
        if (account.CarriedVersion > 0 && ChartOfAccounts.TryGetOwner(account.Name.Path, out var owner))
        {
            foreach (var place in await earlier.OfAsync(owner.Slot, ct))
            {
                if (await AccountSql.FindAsync(place, account.Name, ct) is { } before)
                {
                    parts.Add(new HistoryPart(place, before.CarriedVersion, before.Version));
                }
            }
        }

        parts.Add(new HistoryPart(shard, account.CarriedVersion, account.Version));
        return new AccountHistory(account, parts);
    }

    /// <summary>The entries of an account, oldest first; of a platform account, shard after shard.</summary>
    public async IAsyncEnumerable<ListedTransfer> OfAccountAsync(AccountName name, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var shard in shards.Holding(name.Path))
        {
            if (await AccountSql.FindAsync(shard, name, ct) is not { } account)
            {
                continue;
            }

            var history = await HistoryAsync(shard, account, ct);
            var version = 0L;
            List<ListedTransfer> page;
            do
            {
                page = await history.ListAsync(version, options.Value.PageSize, ct);
                foreach (var listed in page)
                {
                    version = listed.Transfer.Debit == name ? listed.Transfer.DebitVersion : listed.Transfer.CreditVersion;
                    yield return listed;
                }
            }
            while (page.Count == options.Value.PageSize);
        }
    }

    /// <summary>Every transfer in the order of its id, which is that of its time; shard after shard.</summary>
    public async IAsyncEnumerable<ListedTransfer> AllAsync([EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var shard in shards.All)
        {
            var after = Guid.Empty;
            List<ListedTransfer> page;
            do
            {
                page = await TransferSql.ListAsync(shard, after, options.Value.PageSize, ct);
                foreach (var listed in page)
                {
                    after = listed.Transfer.Id.Value;
                    yield return listed;
                }
            }
            while (page.Count == options.Value.PageSize);
        }
    }
}
