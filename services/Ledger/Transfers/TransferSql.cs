using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The table <c>transfers</c>: rows are added and read, nothing else.</summary>
internal static class TransferSql
{
    private const string Columns =
        """
        t.id, t.kind, t.pending_id, d.path, c.path, t.mode, t.currency, t.amount, t.type, t.payment_id, t.merchant_id, t.effective_at, t.created_at,
        t.external_reference, t.debit_version, t.credit_version, t.debit_balance, t.credit_balance
        """;

    private const string Accounts = "JOIN accounts d ON d.id = t.debit_account_id JOIN accounts c ON c.id = t.credit_account_id";

    private const string End = "LEFT JOIN transfers e ON e.pending_id = t.id";

    /// <summary>The transfers of these ids and what ends them, and all of these payments.</summary>
    public static NpgsqlBatchCommand Find(IReadOnlyCollection<Id> ids, IReadOnlyCollection<Id> payments) => new(
        $"""
        WITH t AS (
            SELECT * FROM transfers WHERE id = ANY ($1)
            UNION SELECT * FROM transfers WHERE pending_id = ANY ($1)
            UNION SELECT * FROM transfers WHERE payment_id = ANY ($2))
        SELECT {Columns} FROM t {Accounts}
        """)
    {
        Parameters =
        {
            new() { Value = ids.Select(id => id.Value).ToArray() },
            new() { Value = payments.Select(payment => payment.Value).ToArray() },
        },
    };

    /// <summary>The rows of <see cref="Find"/>.</summary>
    public static async Task<List<Transfer>> ReadFoundAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new List<Transfer>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(Read(reader));
        }

        return found;
    }

    /// <summary>Adds transfers. Fewer rows than transfers: an id is taken meanwhile.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<Transfer> transfers, IReadOnlyDictionary<AccountName, long> accounts)
    {
        // In one order for everybody, so that two who meet on an id don't deadlock.
        var rows = transfers.Select((transfer, position) => new Row(transfer, position)).OrderBy(row => row.Transfer.Id).ToArray();
        return new NpgsqlBatchCommand(
            """
            INSERT INTO transfers (
                id, kind, pending_id, mode, currency, debit_account_id, credit_account_id, amount, type, payment_id, merchant_id, external_reference,
                debit_version, credit_version, debit_balance, credit_balance, effective_at, created_at, position)
            SELECT * FROM unnest(
                $1::uuid[], $2::smallint[], $3::uuid[], $4::smallint[], $5::text[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::uuid[], $11::uuid[], $12::text[],
                $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::timestamptz[], $19::int[])
            ON CONFLICT DO NOTHING
            """)
        {
            Parameters =
            {
                Column(rows, row => row.Transfer.Id.Value),
                Column(rows, row => (short)row.Transfer.Kind),
                Column(rows, row => row.Transfer.PendingId?.Value),
                Column(rows, row => (short)row.Transfer.Debit.Mode),
                Column(rows, row => row.Transfer.Debit.Currency.Code),
                Column(rows, row => accounts[row.Transfer.Debit]),
                Column(rows, row => accounts[row.Transfer.Credit]),
                Column(rows, row => row.Transfer.Amount),
                Column(rows, row => row.Transfer.Type),
                Column(rows, row => row.Transfer.PaymentId?.Value),
                Column(rows, row => row.Transfer.MerchantId?.Value),
                Column(rows, row => row.Transfer.ExternalReference),
                Column(rows, row => row.Transfer.DebitVersion),
                Column(rows, row => row.Transfer.CreditVersion),
                Column(rows, row => row.Transfer.DebitBalance),
                Column(rows, row => row.Transfer.CreditBalance),
                Column(rows, row => row.Transfer.EffectiveAt),
                Column(rows, row => row.Transfer.CreatedAt),
                Column(rows, row => row.Position),
            },
        };
    }

    /// <summary>The next transfers of a shard in the order of their ids.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, Guid after, int limit, CancellationToken ct) => ListAsync(
        shard,
        $"SELECT {Columns}, e.kind FROM transfers t {Accounts} {End} WHERE t.id > $1 ORDER BY t.id LIMIT $2",
        [after, limit],
        ct);

    /// <summary>All transfers of a payment, oldest first.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, Id payment, CancellationToken ct) => ListAsync(
        shard,
        $"SELECT {Columns}, e.kind FROM transfers t {Accounts} {End} WHERE t.payment_id = $1 ORDER BY t.created_at, t.position",
        [payment.Value],
        ct);

    /// <summary>The next transfers of an account in the order of its entries.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, AccountName account, long afterVersion, int limit, CancellationToken ct) => ListAsync(
        shard,
        $"""
        WITH a AS (SELECT id FROM accounts WHERE (path, mode, currency) = ($1, $2, $3)),
             t AS (
                 SELECT *, debit_version AS version FROM transfers WHERE debit_account_id = (SELECT id FROM a) AND debit_version > $4
                 UNION ALL
                 SELECT *, credit_version FROM transfers WHERE credit_account_id = (SELECT id FROM a) AND credit_version > $4
                 ORDER BY version LIMIT $5)
        SELECT {Columns}, e.kind FROM t {Accounts} {End} ORDER BY t.version
        """,
        [account.Path, (short)account.Mode, account.Currency.Code, afterVersion, limit],
        ct);

    private static async Task<List<ListedTransfer>> ListAsync(Shard shard, string sql, object[] values, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(sql);
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        var listed = new List<ListedTransfer>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var transfer = Read(reader);
            var end = reader.IsDBNull(18) ? (TransferKind?)null : (TransferKind)reader.GetInt16(18);
            listed.Add(new ListedTransfer(transfer, transfer.Kind == TransferKind.Pending ? StateOf(end) : null));
        }

        return listed;
    }

    private static PendingState StateOf(TransferKind? end) => end switch
    {
        null => PendingState.Pending,
        TransferKind.PostPending => PendingState.Posted,
        _ => PendingState.Voided,
    };

    private static NpgsqlParameter Column<T>(Row[] rows, Func<Row, T> value) => new() { Value = Array.ConvertAll(rows, row => value(row)) };

    private static Transfer Read(NpgsqlDataReader reader) => new()
    {
        Id = Id.From(IdPrefix.Transfer, reader.GetGuid(0)),
        Kind = (TransferKind)reader.GetInt16(1),
        PendingId = ReadId(reader, 2, IdPrefix.Transfer),
        Debit = AccountSql.ReadName(reader, path: 3, mode: 5, currency: 6),
        Credit = AccountSql.ReadName(reader, path: 4, mode: 5, currency: 6),
        Amount = reader.GetInt64(7),
        Type = reader.GetString(8),
        PaymentId = ReadId(reader, 9, IdPrefix.Payment),
        MerchantId = ReadId(reader, 10, IdPrefix.Merchant),
        EffectiveAt = reader.GetFieldValue<DateTimeOffset>(11),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(12),
        ExternalReference = reader.IsDBNull(13) ? null : reader.GetString(13),
        DebitVersion = reader.GetInt64(14),
        CreditVersion = reader.GetInt64(15),
        DebitBalance = reader.GetInt64(16),
        CreditBalance = reader.GetInt64(17),
    };

    private readonly record struct Row(Transfer Transfer, int Position);

    private static Id? ReadId(NpgsqlDataReader reader, int column, string prefix) => reader.IsDBNull(column) ? null : Id.From(prefix, reader.GetGuid(column));
}
