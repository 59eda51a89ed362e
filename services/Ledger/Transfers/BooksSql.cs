using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The books under lock, with the row of each account.</summary>
internal sealed record LockedBooks(Books Books, IReadOnlyDictionary<AccountName, long> AccountIds);

/// <summary>The three round trips of a batch: look, lock and read again, write.</summary>
internal static class BooksSql
{
    private const string Savepoint = "before_books";

    // Three round trips more, but the database works while we write.
    private const int WorthCopying = 1_000;

    // Two statements: the second must see what the first waited for.
    private const string LockPeriods = "SELECT pg_advisory_xact_lock_shared(hashtext('ledger.periods'))";
    private const string ReadPeriods = "SELECT closed_through, oldest, (SELECT max(arrived_at) FROM slot_arrivals) FROM books";

    /// <summary>What is known of these transfers and payments, without any lock.</summary>
    public static async Task<Books> LookAsync(ShardTransaction transaction, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(transaction, new NpgsqlBatchCommand(ReadPeriods), TransferSql.Find(transfers, payments));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var carriedUntil = ReadCarriedUntil(reader);
        await reader.NextResultAsync(ct);
        return Books.Of([], await TransferSql.ReadFoundAsync(reader, ct)) with { CarriedUntil = carriedUntil };
    }

    /// <summary>Locks the open periods and the accounts, then reads the transfers: whoever held a lock before us has committed by then.</summary>
    public static async Task<LockedBooks> LockAsync(
        ShardTransaction transaction, IReadOnlyCollection<AccountName> accounts, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(
            transaction, new NpgsqlBatchCommand($"SAVEPOINT {Savepoint}"), new NpgsqlBatchCommand(LockPeriods), new NpgsqlBatchCommand(ReadPeriods), AccountSql.Lock(accounts));
        if (transfers.Count + payments.Count > 0)
        {
            batch.BatchCommands.Add(TransferSql.Find(transfers, payments));
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        var (closedThrough, oldest, carriedUntil) = (reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), ReadCarriedUntil(reader));
        await reader.NextResultAsync(ct);
        var locked = await AccountSql.ReadLockedAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var found = await TransferSql.ReadFoundAsync(reader, ct);
        var books = Books.Of(locked.Values.Select(row => row.Account), found) with { ClosedThrough = closedThrough, Oldest = oldest, CarriedUntil = carriedUntil };
        return new LockedBooks(books, locked.ToDictionary(row => row.Key, row => row.Value.Id));
    }

    private static DateTimeOffset ReadCarriedUntil(NpgsqlDataReader reader) => reader.IsDBNull(2) ? DateTimeOffset.MinValue : reader.GetFieldValue<DateTimeOffset>(2);

    /// <summary>Writes what a batch did.</summary>
    /// <returns>False when an account was opened, or an id taken, by somebody whom no lock held back: go back and look again.</returns>
    public static async Task<bool> TryWriteAsync(ShardTransaction transaction, LockedBooks locked, Outcome outcome, DateTimeOffset now, CancellationToken ct)
    {
        var ids = locked.AccountIds;
        var opened = new List<Account>();
        var changed = new List<(Account New, long Version, long Id)>(outcome.Accounts.Count);
        foreach (var account in outcome.Accounts.Values)
        {
            if (ids.TryGetValue(account.Name, out var id))
            {
                changed.Add((account, locked.Books.Accounts[account.Name].Version, id));
            }
            else
            {
                opened.Add(account);
            }
        }

        if (opened.Count > 0)
        {
            var openedIds = await AccountSql.OpenAsync(transaction, opened, now, ct);
            if (openedIds.Count < opened.Count)
            {
                return false;
            }

            ids = new Dictionary<AccountName, long>(ids.Concat(openedIds));
        }

        var update = AccountSql.Update(changed);
        await using var rest = Batch(transaction, update);
        if (outcome.Created.Where(transfer => transfer.PendingId is not null).ToList() is { Count: > 0 } ends)
        {
            rest.BatchCommands.Add(TransferSql.InsertEnds(ends));
        }

        if (outcome.Created.Where(transfer => transfer.ExpiresAt is not null).ToList() is { Count: > 0 } expiring)
        {
            rest.BatchCommands.Add(ExpirySql.Insert(expiring));
        }

        if (TransferSql.InsertMarks(outcome.Created, ids) is { } marks)
        {
            rest.BatchCommands.Add(marks);
        }

        var block = BlockSql.Add(outcome.Created, now);
        try
        {
            if (outcome.Created.Count < WorthCopying)
            {
                rest.BatchCommands.Insert(0, TransferSql.Insert(outcome.Created, ids));
                rest.BatchCommands.Insert(0, block);
            }
            else
            {
                await using var add = Batch(transaction, block);
                await TransferSql.CopyAsync(transaction, outcome.Created, ids, (long)(await add.ExecuteScalarAsync(ct))!, ct);
            }

            await rest.ExecuteNonQueryAsync(ct);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation)
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
