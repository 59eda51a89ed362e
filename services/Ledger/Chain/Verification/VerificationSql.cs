using Npgsql;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Chain.Verification;

/// <summary>An account's row.</summary>
/// <param name="Balance">Posted debits less credits.</param>
/// <param name="Last">The transfer of its last entry.</param>
/// <param name="Carried">The number of its last entry in the shard that it came from.</param>
internal sealed record StoredAccount(long Id, AccountName Name, long Version, long Balance, Guid? Last, long Carried);

/// <summary>Reads rows as they are, without trusting any of them.</summary>
internal static class VerificationSql
{
    private const string Columns =
        """
        id, kind, pending_id, debit_account_id, credit_account_id, amount, type, payment_id, merchant_id, external_reference, expires_at,
        debit_version, credit_version, debit_balance, credit_balance, debit_previous_id, credit_previous_id, effective_at, created_at, period, block, position
        """;

    /// <summary>The first id that isn't archived; null when nothing is.</summary>
    public static async Task<Guid?> ArchivedBeforeAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT ledger_first_id((to_date(max(month)::text, 'YYYYMM') + interval '1 month') AT TIME ZONE 'UTC') FROM archives", connection);
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }

    /// <summary>The rows of some blocks, by block and position.</summary>
    /// <param name="archivedBefore">Of <see cref="ArchivedBeforeAsync"/>.</param>
    public static async Task<List<StoredTransfer>> RowsAsync(NpgsqlConnection connection, long first, long last, Guid? archivedBefore, int seconds, CancellationToken ct)
    {
        var rows = await ReadAllAsync(connection, "block BETWEEN $1 AND $2", [first, last], archivedBefore, seconds, ct);
        rows.Sort(static (left, right) => (left.Block, left.Position, left.Id).CompareTo((right.Block, right.Position, right.Id)));   // here, where a page fits into memory
        return rows;
    }

    /// <summary>The rows of a payment, in the order in which they were written.</summary>
    public static async Task<List<StoredTransfer>> OfPaymentAsync(NpgsqlConnection connection, Guid payment, Guid? archivedBefore, int seconds, CancellationToken ct)
    {
        var rows = await ReadAllAsync(connection, "payment_id = $1", [payment], archivedBefore, seconds, ct);
        rows.Sort(static (left, right) => (left.Block, left.Position).CompareTo((right.Block, right.Position)));
        return rows;
    }

    /// <summary>Rows that are in no block of the chain.</summary>
    /// <param name="end">The number of the last block.</param>
    public static async Task<List<(Guid Id, long Block)>> StraysAsync(NpgsqlConnection connection, long end, int limit, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT id, block FROM transfers WHERE block > $1 OR block < 1 ORDER BY block, id LIMIT $2", connection)
        {
            CommandTimeout = seconds,
            Parameters = { new() { Value = end }, new() { Value = limit } },
        };
        var strays = new List<(Guid, long)>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            strays.Add((reader.GetGuid(0), reader.GetInt64(1)));
        }

        return strays;
    }

    /// <summary>Accounts by number: all, or only those of these numbers.</summary>
    public static async Task<List<StoredAccount>> AccountsAsync(NpgsqlConnection connection, IReadOnlyCollection<long>? only, int seconds, CancellationToken ct)
    {
        var which = only is null ? "" : "WHERE id = ANY ($1)";
        await using var command = new NpgsqlCommand(
            $"SELECT path, mode, currency, id, version, debits_posted - credits_posted, last_transfer_id, carried_version FROM accounts {which} ORDER BY id", connection)
        {
            CommandTimeout = seconds,
        };
        if (only is not null)
        {
            command.Parameters.Add(new() { Value = only.ToArray() });
        }

        var accounts = new List<StoredAccount>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            accounts.Add(new StoredAccount(reader.GetInt64(3), AccountSql.ReadName(reader), reader.GetInt64(4), reader.GetInt64(5), ReadGuid(reader, 6), reader.GetInt64(7)));
        }

        return accounts;
    }

    /// <summary>How many transfers of these blocks are archived; blocks of which none is are left out.</summary>
    public static Task<Dictionary<long, long>> ArchivedAsync(NpgsqlConnection connection, long first, long last, int seconds, CancellationToken ct) => ReadCountsAsync(
        connection, "SELECT number, sum(transfers)::bigint FROM archived_blocks WHERE number BETWEEN $1 AND $2 GROUP BY number", [first, last], seconds, ct);

    /// <summary>How many entries of each account are archived.</summary>
    public static Task<Dictionary<long, long>> ArchivedEntriesAsync(NpgsqlConnection connection, int seconds, CancellationToken ct) =>
        ReadCountsAsync(connection, "SELECT account_id, sum(entries)::bigint FROM archived_entries GROUP BY account_id", [], seconds, ct);

    /// <summary>What is noted to have ended these pending transfers.</summary>
    public static async Task<Dictionary<Guid, Guid>> EndsAsync(NpgsqlConnection connection, IReadOnlyCollection<Guid> pending, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pending_id, transfer_id FROM transfer_ends WHERE pending_id = ANY ($1)", connection)
        {
            CommandTimeout = seconds,
            Parameters = { new() { Value = pending.ToArray() } },
        };
        var ends = new Dictionary<Guid, Guid>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ends.Add(reader.GetGuid(0), reader.GetGuid(1));
        }

        return ends;
    }

    /// <summary>How many ends are noted.</summary>
    public static async Task<long> CountEndsAsync(NpgsqlConnection connection, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT count(*) FROM transfer_ends", connection) { CommandTimeout = seconds };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<Dictionary<long, long>> ReadCountsAsync(NpgsqlConnection connection, string sql, long[] values, int seconds, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = seconds };
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        var counts = new Dictionary<long, long>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            counts.Add(reader.GetInt64(0), reader.GetInt64(1));
        }

        return counts;
    }

    // What is in use is read from the very table that the service reads, and only what was detached from it by the view that still knows it: who may define views must not decide what is verified.
    private static async Task<List<StoredTransfer>> ReadAllAsync(NpgsqlConnection connection, string which, object[] values, Guid? archivedBefore, int seconds, CancellationToken ct)
    {
        var archived = archivedBefore is null ? "" : $"UNION ALL SELECT {Columns} FROM every_transfer WHERE {which} AND id < ${values.Length + 1}";
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM transfers WHERE {which} {archived}", connection) { CommandTimeout = seconds };
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        if (archivedBefore is { } bound)
        {
            command.Parameters.Add(new() { Value = bound });
        }

        var rows = new List<StoredTransfer>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            rows.Add(Read(reader));
        }

        return rows;
    }

    private static StoredTransfer Read(NpgsqlDataReader reader) => new()
    {
        Id = reader.GetGuid(0),
        Kind = reader.GetInt16(1),
        PendingId = ReadGuid(reader, 2),
        DebitAccount = reader.GetInt64(3),
        CreditAccount = reader.GetInt64(4),
        Amount = reader.GetInt64(5),
        Type = reader.GetString(6),
        PaymentId = ReadGuid(reader, 7),
        MerchantId = ReadGuid(reader, 8),
        ExternalReference = reader.IsDBNull(9) ? null : reader.GetString(9),
        ExpiresAt = reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10),
        DebitVersion = reader.GetInt64(11),
        CreditVersion = reader.GetInt64(12),
        DebitBalance = reader.GetInt64(13),
        CreditBalance = reader.GetInt64(14),
        DebitPrevious = ReadGuid(reader, 15),
        CreditPrevious = ReadGuid(reader, 16),
        EffectiveAt = reader.GetFieldValue<DateTimeOffset>(17),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(18),
        Period = reader.GetInt32(19),
        Block = reader.GetInt64(20),
        Position = reader.GetInt32(21),
    };

    private static Guid? ReadGuid(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetGuid(column);
}
