using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The books under lock, with the row of each account.</summary>
internal sealed record LockedBooks(Books Books, IReadOnlyDictionary<AccountName, long> AccountIds);

/// <summary>The three round trips of a batch: look, lock and read again, write.</summary>
internal static class BooksSql
{
    private const string Savepoint = "before_books";

    /// <summary>What is known of these transfers and payments, without any lock.</summary>
    public static async Task<Books> LookAsync(ShardTransaction transaction, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(transaction, TransferSql.Find(transfers, payments));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return Books.Of([], await TransferSql.ReadFoundAsync(reader, ct));
    }

    /// <summary>Locks the accounts, then reads the transfers: whoever held a lock before us has committed by then.</summary>
    public static async Task<LockedBooks> LockAsync(
        ShardTransaction transaction, IReadOnlyCollection<AccountName> accounts, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(transaction, new NpgsqlBatchCommand($"SAVEPOINT {Savepoint}"), AccountSql.Lock(accounts), TransferSql.Find(transfers, payments));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var locked = await AccountSql.ReadLockedAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var found = await TransferSql.ReadFoundAsync(reader, ct);
        return new LockedBooks(Books.Of(locked.Values.Select(row => row.Account), found), locked.ToDictionary(row => row.Key, row => row.Value.Id));
    }

    /// <summary>Writes what a batch did.</summary>
    /// <returns>False when an account was opened, or an id taken, by somebody whom no lock held back: go back and look again.</returns>
    public static async Task<bool> TryWriteAsync(ShardTransaction transaction, LockedBooks locked, Outcome outcome, DateTimeOffset now, CancellationToken ct)
    {
        var ids = new Dictionary<AccountName, long>(locked.AccountIds);
        var opened = outcome.Accounts.Values.Where(account => !ids.ContainsKey(account.Name)).ToList();
        if (opened.Count > 0)
        {
            var openedIds = await AccountSql.OpenAsync(transaction, opened, now, ct);
            if (openedIds.Count < opened.Count)
            {
                return false;
            }

            foreach (var (name, id) in openedIds)
            {
                ids.Add(name, id);
            }
        }

        var changed = outcome.Accounts.Values.Where(account => locked.AccountIds.ContainsKey(account.Name))
            .Select(account => (account, locked.Books.Accounts[account.Name].Version, ids[account.Name])).ToList();
        var insert = TransferSql.Insert(outcome.Created, ids);
        var update = AccountSql.Update(changed);
        await using var batch = Batch(transaction, insert, update);
        await batch.ExecuteNonQueryAsync(ct);
        if (insert.RecordsAffected < outcome.Created.Count)
        {
            return false;
        }

        return update.RecordsAffected == changed.Count
            ? true
            : throw new InvalidOperationException($"{update.RecordsAffected} of {changed.Count} locked accounts were as they had been read.");
    }

    /// <summary>Undoes everything since <see cref="LockAsync"/>, locks included.</summary>
    public static Task GoBackAsync(ShardTransaction transaction, CancellationToken ct) => transaction.Transaction.RollbackAsync(Savepoint, ct);

    private static NpgsqlBatch Batch(ShardTransaction transaction, params ReadOnlySpan<NpgsqlBatchCommand> commands)
    {
        var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        foreach (var command in commands)
        {
            batch.BatchCommands.Add(command);
        }

        return batch;
    }
}
