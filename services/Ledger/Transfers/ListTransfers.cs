using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Partitions;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>Transfers of a payment, of an account, or all; page by page, so that neither memory nor a snapshot is held while a slow caller reads.</summary>
internal sealed class ListTransfers(Shards shards, IOptions<LedgerOptions> options)
{
    /// <summary>The month (UTC) before which transfers are in archives and are not listed; null when none is.</summary>
    public async Task<Period?> ArchivedBeforeAsync(CancellationToken ct) => (await Task.WhenAll(shards.All.Select(shard => ArchiveSql.ArchivedBeforeAsync(shard, ct)))).Max();

    /// <summary>All transfers of a payment, oldest first.</summary>
    public Task<List<ListedTransfer>> OfPaymentAsync(Id payment, CancellationToken ct) => TransferSql.ListAsync(shards.For(payment.Slot), payment, ct);

    /// <summary>The entries of an account, oldest first; of a platform account, shard after shard.</summary>
    public async IAsyncEnumerable<ListedTransfer> OfAccountAsync(AccountName account, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var shard in shards.Holding(account.Path))
        {
            var version = 0L;
            List<ListedTransfer> page;
            do
            {
                page = await TransferSql.ListAsync(shard, account, version, options.Value.PageSize, ct);
                foreach (var listed in page)
                {
                    version = listed.Transfer.Debit == account ? listed.Transfer.DebitVersion : listed.Transfer.CreditVersion;
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
