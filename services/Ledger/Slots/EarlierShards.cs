using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;

namespace PayFlow.Ledger.Slots;

/// <summary>
/// The shards that slots came from. What was posted there stands there for good, and nobody writes it any more: it can be read without a lock, whatever goes on here.
/// </summary>
internal sealed class EarlierShards(Shards shards)
{
    /// <summary>Whether a transfer may have been written before its slot came here. Where no slot ever came, none.</summary>
    public static bool MayHave(NewTransfer transfer, Books books) =>
        books.CarriedUntil > DateTimeOffset.MinValue && transfer.Id.Time < books.CarriedUntil + (transfer.IsFact ? LedgerEngine.MaxFactLead : LedgerEngine.MaxIdLead);

    /// <summary>Where a slot was, the earliest first; none for nearly every slot.</summary>
    public async Task<IReadOnlyList<Shard>> OfAsync(Slot slot, CancellationToken ct)
    {
        await using var connection = await shards.For(slot).Source.OpenConnectionAsync(ct);
        return await OfAsync(connection, [slot.Number], ct);
    }

    /// <summary>Adds to the books of a shard what earlier shards know of these transfers and payments.</summary>
    /// <param name="accounts">Of the transfers: their owners' slots may have moved, too.</param>
    public async Task<Books> CompleteAsync(
        ShardTransaction transaction, Books books, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<AccountName> accounts, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        if (books.CarriedUntil == DateTimeOffset.MinValue)
        {
            return books;
        }

        var until = books.CarriedUntil + LedgerEngine.MaxFactLead;
        List<Id> oldTransfers = [.. transfers.Where(id => id.Time < until)], oldPayments = [.. payments.Where(id => id.Time < until)];
        if (oldTransfers.Count + oldPayments.Count == 0)
        {
            return books;
        }

        var slots = oldTransfers.Concat(oldPayments).Select(id => id.Slot.Number).Concat(accounts.Select(account => ChartOfAccounts.SlotOf(account.Path)?.Number).OfType<short>()).Distinct().ToArray();
        foreach (var shard in (await OfAsync(transaction.Connection, slots, ct)).Where(shard => shard.Number != transaction.Shard.Number))
        {
            books = books.With(WithoutCarried(await TransferSql.FindAsync(shard, oldTransfers, oldPayments, ct)));
        }

        return books;
    }

    /// <summary>What is said of transfers where they were: without those that came along, which are pending elsewhere now, and without what took them there.</summary>
    private static IEnumerable<Transfer> WithoutCarried(List<Transfer> found)
    {
        var carried = found.Where(transfer => transfer is { Type: TransferType.SlotMove, PendingId: not null }).Select(transfer => transfer.PendingId!.Value).ToHashSet();
        return found.Where(transfer => transfer.Type != TransferType.SlotMove && !carried.Contains(transfer.Id));
    }

    private async Task<IReadOnlyList<Shard>> OfAsync(NpgsqlConnection connection, short[] slots, CancellationToken ct) =>
        [.. (await ArrivalSql.ListAsync(connection, slots, ct)).Select(shard => shards.All[shard])];
}
