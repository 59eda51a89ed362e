using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Ledger.Accounts;

/// <summary>The table <c>accounts</c>.</summary>
internal static class AccountSql
{
    private const string Columns =
        """
        a.path, a.mode, a.currency, a.kind, a.rules, a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.version, a.last_transfer_id,
        a.state, a.overdraft, a.ceiling, a.carried_version
        """;

    /// <summary>Locks the accounts of these names that exist, always in the same order, and reads them as they are once the lock is held.</summary>
    public static NpgsqlBatchCommand Lock(IReadOnlyCollection<AccountName> names) => new(
        $"""
        SELECT {Columns}, a.id FROM accounts a
          JOIN unnest($1::text[], $2::smallint[], $3::text[]) AS n (path, mode, currency) ON (a.path, a.mode, a.currency) = (n.path, n.mode, n.currency)
         ORDER BY a.id FOR UPDATE OF a
        """)
    {
        Parameters =
        {
            new() { Value = names.Select(name => name.Path).ToArray() },
            new() { Value = names.Select(name => (short)name.Mode).ToArray() },
            new() { Value = names.Select(name => name.Currency.Code).ToArray() },
        },
    };

    /// <summary>The rows of <see cref="Lock"/>.</summary>
    public static async Task<Dictionary<AccountName, (Account Account, long Id)>> ReadLockedAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var locked = new Dictionary<AccountName, (Account, long)>();
        while (await reader.ReadAsync(ct))
        {
            var account = Read(reader);
            locked.Add(account.Name, (account, reader.GetInt64(15)));
        }

        return locked;
    }

    /// <summary>Locks accounts in the caller's transaction, and reads them.</summary>
    public static async Task<Dictionary<AccountName, (Account Account, long Id)>> LockAsync(ShardTransaction transaction, IReadOnlyCollection<AccountName> names, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction) { BatchCommands = { Lock(names) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadLockedAsync(reader, ct);
    }

    /// <summary>Opens accounts with what their first transfers left in them. One that somebody else opened meanwhile is missing in the answer.</summary>
    public static async Task<Dictionary<AccountName, long>> OpenAsync(ShardTransaction transaction, IReadOnlyCollection<Account> accounts, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        var books = accounts.Select(account => (account.Name.Mode, account.Name.Currency.Code)).Distinct().Order().ToList();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(
            """
            INSERT INTO ledgers (mode, currency) SELECT n.mode, n.currency FROM unnest($1::smallint[], $2::text[]) AS n (mode, currency)
             WHERE NOT EXISTS (SELECT FROM ledgers l WHERE (l.mode, l.currency) = (n.mode, n.currency))
            ON CONFLICT DO NOTHING
            """)
        {
            Parameters = { new() { Value = books.Select(book => (short)book.Mode).ToArray() }, new() { Value = books.Select(book => book.Code).ToArray() } },
        });

        // The low 12 bits of an account's number are its ledger's: so a transfer shows that it leads to no other.
        var open = new NpgsqlBatchCommand(
            """
            INSERT INTO accounts (id, path, mode, currency, kind, rules, debits_posted, credits_posted, debits_pending, credits_pending, version, last_transfer_id, overdraft, ceiling, opened_at)
            SELECT nextval('account_numbers') << 12 | l.number, n.*, $14
              FROM unnest($1::text[], $2::smallint[], $3::text[], $4::smallint[], $5::int[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::uuid[],
                   $12::bigint[], $13::bigint[]) AS n (path, mode, currency)
              JOIN ledgers l ON (l.mode, l.currency) = (n.mode, n.currency)
             ORDER BY n.path, n.mode, n.currency
            ON CONFLICT DO NOTHING
            RETURNING path, mode, currency, id
            """);
        open.Parameters.Add(new() { Value = accounts.Select(account => account.Name.Path).ToArray() });
        open.Parameters.Add(new() { Value = accounts.Select(account => (short)account.Name.Mode).ToArray() });
        open.Parameters.Add(new() { Value = accounts.Select(account => account.Name.Currency.Code).ToArray() });
        open.Parameters.Add(new() { Value = accounts.Select(account => (short)account.Kind).ToArray() });
        open.Parameters.Add(new() { Value = accounts.Select(account => (int)account.Rules).ToArray() });
        AddCounters(open.Parameters, accounts);
        open.Parameters.Add(new() { Value = accounts.Select(account => account.Overdraft).ToArray() });
        open.Parameters.Add(new() { Value = accounts.Select(account => account.Ceiling).ToArray() });
        open.Parameters.Add(new() { Value = now });
        batch.BatchCommands.Add(open);

        var ids = new Dictionary<AccountName, long>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ids.Add(ReadName(reader), reader.GetInt64(3));
        }

        return ids;
    }

    /// <summary>
    /// Writes new counters over the ones that they were made of: where version and state (nothing else ever changes without the version) are not those, nothing. In the order of their
    /// numbers, as <see cref="Lock"/> takes them.
    /// </summary>
    public static NpgsqlBatchCommand Update(IReadOnlyCollection<(Account New, Account Old, long Id)> accounts)
    {
        var command = new NpgsqlBatchCommand(
            """
            UPDATE accounts a
               SET debits_posted = n.debits_posted, credits_posted = n.credits_posted, debits_pending = n.debits_pending, credits_pending = n.credits_pending,
                   version = n.version, last_transfer_id = n.last_transfer_id
              FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::uuid[], $7::bigint[], $8::bigint[], $9::smallint[])
                   AS n (debits_posted, credits_posted, debits_pending, credits_pending, version, last_transfer_id, id, version_before, state_before)
             WHERE a.id = n.id AND a.version = n.version_before AND a.state = n.state_before
            """);
        var inOrder = accounts.OrderBy(account => account.Id).ToList();
        AddCounters(command.Parameters, inOrder.ConvertAll(account => account.New));
        command.Parameters.Add(new() { Value = inOrder.Select(account => account.Id).ToArray() });
        command.Parameters.Add(new() { Value = inOrder.Select(account => account.Old.Version).ToArray() });
        command.Parameters.Add(new() { Value = inOrder.Select(account => (short)account.Old.State).ToArray() });
        return command;
    }

    /// <summary>The accounts of one shard whose path begins so, in the order of their names.</summary>
    public static async Task<List<Account>> ListAsync(Shard shard, string pathPrefix, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"SELECT {Columns} FROM accounts a WHERE starts_with(a.path, $1) ORDER BY a.path, a.mode, a.currency");
        command.Parameters.Add(new() { Value = pathPrefix });
        var accounts = new List<Account>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            accounts.Add(Read(reader));
        }

        return accounts;
    }

    /// <summary>The accounts of an owner in one mode after one of them, by path and currency.</summary>
    public static async Task<List<Account>> ListOfOwnerAsync(Shard shard, Id owner, Mode mode, AccountName? after, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            $"""
            SELECT {Columns} FROM accounts a
             WHERE (starts_with(a.path, 'merchant/' || $1 || '/') OR a.path = 'wallet/' || $1 OR starts_with(a.path, 'wallet/' || $1 || '/'))
               AND a.mode = $2 AND (a.path, a.currency) > ($3, $4)
             ORDER BY a.path, a.currency LIMIT $5
            """);
        object[] values = [owner.ToString(), (short)mode, after?.Path ?? "", after?.Currency.Code ?? "", limit];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        var accounts = new List<Account>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            accounts.Add(Read(reader));
        }

        return accounts;
    }

    /// <summary>One account of a shard; null when it was never opened there.</summary>
    public static async Task<Account?> FindAsync(Shard shard, AccountName name, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"SELECT {Columns} FROM accounts a WHERE (a.path, a.mode, a.currency) = ($1, $2, $3)");
        command.Parameters.Add(new() { Value = name.Path });
        command.Parameters.Add(new() { Value = (short)name.Mode });
        command.Parameters.Add(new() { Value = name.Currency.Code });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    public static AccountName ReadName(NpgsqlDataReader reader, int path = 0, int mode = 1, int currency = 2) =>
        new(reader.GetString(path), (Mode)reader.GetInt16(mode), Currency.Parse(reader.GetString(currency)));

    private static Account Read(NpgsqlDataReader reader) => new(ReadName(reader), (AccountKind)reader.GetInt16(3), (AccountRules)reader.GetInt32(4))
    {
        DebitsPosted = reader.GetInt64(5),
        CreditsPosted = reader.GetInt64(6),
        DebitsPending = reader.GetInt64(7),
        CreditsPending = reader.GetInt64(8),
        Version = reader.GetInt64(9),
        LastTransfer = reader.IsDBNull(10) ? null : Id.From(IdPrefix.Transfer, reader.GetGuid(10)),
        State = (AccountState)reader.GetInt16(11),
        Overdraft = reader.GetInt64(12),
        Ceiling = reader.IsDBNull(13) ? null : reader.GetInt64(13),
        CarriedVersion = reader.GetInt64(14),
    };

    private static void AddCounters(NpgsqlParameterCollection parameters, IReadOnlyCollection<Account> accounts)
    {
        parameters.Add(new() { Value = accounts.Select(account => account.DebitsPosted).ToArray() });
        parameters.Add(new() { Value = accounts.Select(account => account.CreditsPosted).ToArray() });
        parameters.Add(new() { Value = accounts.Select(account => account.DebitsPending).ToArray() });
        parameters.Add(new() { Value = accounts.Select(account => account.CreditsPending).ToArray() });
        parameters.Add(new() { Value = accounts.Select(account => account.Version).ToArray() });
        parameters.Add(new() { Value = accounts.Select(account => account.LastTransfer?.Value).ToArray() });
    }
}
