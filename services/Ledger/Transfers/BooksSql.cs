using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Chain;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The books that a batch works on.</summary>
/// <param name="AccountIds">The row of each account.</param>
/// <param name="Head">Where the chain ends, if nobody adds a block meanwhile.</param>
/// <param name="AreLocked">Nobody else can have changed the accounts; else that is found out in writing.</param>
internal sealed record BooksAtHand(Books Books, IReadOnlyDictionary<AccountName, long> AccountIds, ChainEnd Head, bool AreLocked);

/// <summary>What a batch did, as it is to be written.</summary>
/// <param name="Opened">Accounts that were not there before.</param>
/// <param name="Changed">How many <paramref name="Update"/> must find.</param>
/// <param name="Root">Of the tree of its transfers.</param>
internal sealed record ReadyBatch(BooksAtHand Before, Outcome Outcome, DateTimeOffset Now, IReadOnlyCollection<Account> Opened, int Changed, NpgsqlBatchCommand Update, byte[] Root)
{
    /// <summary>Where the chain ends with it, if nobody adds a block before it.</summary>
    public ChainEnd End { get; } = Before.Head.Next(Root, Outcome.Created.Count, Now);
}

/// <summary>The three round trips of a batch: look, lock and read again (or trust what is known), write.</summary>
internal static class BooksSql
{
    private const string Savepoint = "before_books";

    // Three round trips more, but the database works while we write.
    private const int WorthCopying = 1_000;

    // Two statements: the second must see what the first waited for.
    private const string LockPeriods = "SELECT pg_advisory_xact_lock_shared(hashtext('ledger.periods'))";
    private const string ReadPeriods = "SELECT closed_through, oldest, (SELECT max(arrived_at) FROM slot_arrivals), h.number, h.hash FROM books, chain_head h";

    /// <summary>What is known of these transfers and payments, without any lock.</summary>
    public static async Task<Books> LookAsync(ShardTransaction transaction, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(transaction, new NpgsqlBatchCommand(ReadPeriods), TransferSql.Find(transfers, payments));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (periods, _) = await ReadPeriodsAsync(reader, ct);
        return periods.With(await TransferSql.ReadFoundAsync(reader, ct));
    }

    /// <summary>Locks the open periods only, for a batch that trusts what is known of its accounts.</summary>
    /// <returns>Null when the chain doesn't end with our own block: somebody else has written since, and nothing is known.</returns>
    public static async Task<BooksAtHand?> TrustAsync(ShardTransaction transaction, KnownAccounts.Turn known, CancellationToken ct)
    {
        await using var batch = Batch(transaction, Begin());
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var (periods, head) = await ReadPeriodsAsync(reader, ct);
        return known.IsOurs(head) ? new BooksAtHand(periods with { Accounts = known.States }, known.Ids, known.Head, AreLocked: false) : null;
    }

    /// <summary>Locks the open periods and the accounts, then reads the transfers: whoever held a lock before us has committed by then.</summary>
    public static async Task<BooksAtHand> LockAsync(
        ShardTransaction transaction, IReadOnlyCollection<AccountName> accounts, IReadOnlyCollection<Id> transfers, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var batch = Batch(transaction, [.. Begin(), AccountSql.Lock(accounts)]);
        if (transfers.Count + payments.Count > 0)
        {
            batch.BatchCommands.Add(TransferSql.Find(transfers, payments));
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        var (periods, head) = await ReadPeriodsAsync(reader, ct);
        var locked = await AccountSql.ReadLockedAsync(reader, ct);
        await reader.NextResultAsync(ct);
        var books = (periods with { Accounts = locked.ToDictionary(row => row.Key, row => row.Value.Account) }).With(await TransferSql.ReadFoundAsync(reader, ct));
        return new BooksAtHand(books, locked.ToDictionary(row => row.Key, row => row.Value.Id), head, AreLocked: true);
    }

    /// <summary>What a batch did, made ready to be written; the database isn't asked.</summary>
    /// <param name="now">UTC, to the microsecond.</param>
    public static ReadyBatch MakeReady(BooksAtHand before, Outcome outcome, DateTimeOffset now)
    {
        var opened = new List<Account>();
        var changed = new List<(Account New, Account Old, long Id)>(outcome.Accounts.Count);
        foreach (var account in outcome.Accounts.Values)
        {
            if (before.AccountIds.TryGetValue(account.Name, out var id))
            {
                changed.Add((account, before.Books.Accounts[account.Name], id));
            }
            else
            {
                opened.Add(account);
            }
        }

        return new ReadyBatch(before, outcome, now, opened, changed.Count, AccountSql.Update(changed), MerkleTree.RootOf(outcome.Created));
    }

    /// <summary>Writes what a batch did.</summary>
    /// <returns>
    /// What it left; null when an account was changed or opened, or an id taken, by somebody whom no lock held back: go back and look again.
    /// </returns>
    public static async Task<KnownAccounts.Written?> TryWriteAsync(ShardTransaction transaction, ReadyBatch ready, CancellationToken ct)
    {
        var (before, outcome, now, opened, changed, update, root) = ready;
        var ids = before.AccountIds;
        if (opened.Count > 0)
        {
            var openedIds = await AccountSql.OpenAsync(transaction, opened, now, ct);
            if (openedIds.Count < opened.Count)
            {
                return null;
            }

            ids = new Dictionary<AccountName, long>(ids.Concat(openedIds));
        }

        // The accounts first: who adds a block holds the head, and may not wait for an account that somebody locked who waits for the head.
        List<NpgsqlBatchCommand> head = [update, BlockSql.Add(root, outcome.Created.Count, now)], rest = [];
        if (outcome.Created.Where(transfer => transfer.PendingId is not null).ToList() is { Count: > 0 } ends)
        {
            rest.Add(TransferSql.InsertEnds(ends));
        }

        if (outcome.Created.Where(transfer => transfer.ExpiresAt is not null).ToList() is { Count: > 0 } expiring)
        {
            rest.Add(ExpirySql.Insert(expiring));
        }

        if (TransferSql.InsertMarks(outcome.Created, ids) is { } marks)
        {
            rest.Add(marks);
        }

        var isCopied = outcome.Created.Count >= WorthCopying;
        if (!isCopied)
        {
            head.AddRange([TransferSql.Insert(outcome.Created, ids), .. rest]);
        }

        try
        {
            var number = await ReadNumberAsync(transaction, head, ct);
            if (update.RecordsAffected != changed)
            {
                return before.AreLocked ? throw new InvalidOperationException($"{update.RecordsAffected} of {changed} locked accounts were as they had been read.") : null;
            }

            if (isCopied)
            {
                await TransferSql.CopyAsync(transaction, outcome.Created, ids, number, ct);
                if (rest.Count > 0)
                {
                    await using var last = Batch(transaction, [.. rest]);
                    await last.ExecuteNonQueryAsync(ct);
                }
            }

            return new KnownAccounts.Written(before.Head, number == ready.End.Number ? ready.End : null, outcome.Accounts, ids);
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.UniqueViolation || (taken.SqlState == PostgresErrorCodes.DeadlockDetected && !before.AreLocked))
        {
            return null;
        }
    }

    /// <summary>Undoes everything since <see cref="LockAsync"/>, locks included.</summary>
    public static Task GoBackAsync(ShardTransaction transaction, CancellationToken ct) => transaction.Transaction.RollbackAsync(Savepoint, ct);

    private static NpgsqlBatchCommand[] Begin() => [new($"SAVEPOINT {Savepoint}"), new(LockPeriods), new(ReadPeriods)];

    /// <summary>Empty books of the periods that are open, and the end of the chain; moves on to the next result.</summary>
    private static async Task<(Books Periods, ChainEnd Head)> ReadPeriodsAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        await reader.ReadAsync(ct);
        var periods = Books.Empty with
        {
            ClosedThrough = reader.GetInt32(0),
            Oldest = reader.GetFieldValue<DateTimeOffset>(1),
            CarriedUntil = reader.IsDBNull(2) ? DateTimeOffset.MinValue : reader.GetFieldValue<DateTimeOffset>(2),
        };
        var head = new ChainEnd(reader.GetInt64(3), reader.GetFieldValue<byte[]>(4));
        await reader.NextResultAsync(ct);
        return (periods, head);
    }

    /// <summary>Runs all commands; the first that answers a row answers one number.</summary>
    private static async Task<long> ReadNumberAsync(ShardTransaction transaction, List<NpgsqlBatchCommand> commands, CancellationToken ct)
    {
        await using var batch = Batch(transaction, [.. commands]);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var number = reader.GetInt64(0);
        while (await reader.NextResultAsync(ct))
        {
        }

        return number;
    }

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
