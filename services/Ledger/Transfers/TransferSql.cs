using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The table <c>transfers</c>: rows are added and read, nothing else.</summary>
internal static class TransferSql
{
    internal const string Columns =
        """
        t.id, t.kind, t.pending_id, d.path, c.path, d.mode, d.currency, t.amount, t.type, t.payment_id, t.merchant_id, t.effective_at, t.created_at,
        t.external_reference, t.debit_version, t.credit_version, t.debit_balance, t.credit_balance, t.period,
        t.expires_at
        """;

    /// <summary>Walks through the entries of the account $1, $2, $3: from the transfer that follows here, or the last one if there is none, …</summary>
    private const string WalkFrom =
        """
        WITH RECURSIVE a AS (SELECT id, last_transfer_id FROM accounts WHERE (path, mode, currency) = ($1, $2, $3)),
             walk AS (
                 SELECT t.*, CASE t.debit_account_id WHEN a.id THEN t.debit_version ELSE t.credit_version END AS version, a.id AS account_id
                   FROM a JOIN transfers t ON t.id = coalesce(
        """;

    /// <summary>… back to the entry before, while what follows here holds of the one that it comes from (w).</summary>
    private const string WalkBackWhile =
        """
        , a.last_transfer_id)
                 UNION ALL
                 SELECT t.*, w.version - 1, w.account_id
                   FROM walk w JOIN transfers t ON t.id = CASE w.debit_account_id WHEN w.account_id THEN w.debit_previous_id ELSE w.credit_previous_id END
                  WHERE
        """;

    /// <summary>How far the marks of an account's entries are apart; a walk makes as many steps more than it must, at most.</summary>
    private const int MarkEvery = 256;

    private const string Written =
        """
        id, kind, pending_id, debit_account_id, credit_account_id, amount, type, payment_id, merchant_id, external_reference,
        debit_version, credit_version, debit_balance, credit_balance, debit_previous_id, credit_previous_id, effective_at, created_at, period, expires_at, position
        """;

    // By key for each transfer, whatever the planner thinks of how many there are: it would read all accounts.
    internal const string Accounts =
        """
        CROSS JOIN LATERAL (SELECT path, mode, currency FROM accounts WHERE id = t.debit_account_id OFFSET 0) d
        CROSS JOIN LATERAL (SELECT path FROM accounts WHERE id = t.credit_account_id OFFSET 0) c
        """;

    private const string End = "LEFT JOIN transfer_ends x ON x.pending_id = t.id LEFT JOIN transfers e ON e.id = x.transfer_id";

    /// <summary>The transfers of these ids and what ends them, and all of these payments.</summary>
    public static NpgsqlBatchCommand Find(IReadOnlyCollection<Id> ids, IReadOnlyCollection<Id> payments) => new(
        $"""
        WITH t AS (
            SELECT * FROM transfers WHERE id = ANY ($1)
            UNION SELECT e.* FROM transfer_ends x JOIN transfers e ON e.id = x.transfer_id WHERE x.pending_id = ANY ($1)
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

    /// <summary>The same, of a shard where nobody writes them any more.</summary>
    public static async Task<List<Transfer>> FindAsync(Shard shard, IReadOnlyCollection<Id> ids, IReadOnlyCollection<Id> payments, CancellationToken ct)
    {
        await using var connection = await shard.Source.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Find(ids, payments) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadFoundAsync(reader, ct);
    }

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

    /// <summary>Adds transfers to the block that was added last. Fails when an id is taken.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<Transfer> transfers, IReadOnlyDictionary<AccountName, long> accounts)
    {
        var rows = InOrder(transfers);
        return new NpgsqlBatchCommand(
            $"""
            INSERT INTO transfers ({Written}, block)
            SELECT n.*, (SELECT number FROM chain_head) FROM unnest(
                $1::uuid[], $2::smallint[], $3::uuid[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[], $8::uuid[], $9::uuid[], $10::text[],
                $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::uuid[], $16::uuid[], $17::timestamptz[], $18::timestamptz[], $19::int[], $20::timestamptz[], $21::int[]) AS n
            """)
        {
            Parameters =
            {
                Column(rows, row => row.Transfer.Id.Value),
                Column(rows, row => (short)row.Transfer.Kind),
                Column(rows, row => row.Transfer.PendingId?.Value),
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
                Column(rows, row => row.Transfer.DebitPrevious?.Value),
                Column(rows, row => row.Transfer.CreditPrevious?.Value),
                Column(rows, row => row.Transfer.EffectiveAt),
                Column(rows, row => row.Transfer.CreatedAt),
                Column(rows, row => row.Transfer.Period),
                Column(rows, row => row.Transfer.ExpiresAt),
                Column(rows, row => row.Position),
            },
        };
    }

    /// <summary>The same for many: while some are written, the database takes those before.</summary>
    /// <param name="block">The number of the block that was added for them.</param>
    public static async Task CopyAsync(
        ShardTransaction transaction, IReadOnlyList<Transfer> transfers, IReadOnlyDictionary<AccountName, long> accounts, long block, CancellationToken ct)
    {
        await using var copy = await transaction.Connection.BeginBinaryImportAsync($"COPY transfers ({Written}, block) FROM STDIN (FORMAT BINARY)", ct);
        foreach (var (transfer, position) in InOrder(transfers))
        {
            await copy.StartRowAsync(ct);
            await copy.WriteAsync(transfer.Id.Value, NpgsqlDbType.Uuid, ct);
            await copy.WriteAsync((short)transfer.Kind, NpgsqlDbType.Smallint, ct);
            await WriteAsync(transfer.PendingId);
            await copy.WriteAsync(accounts[transfer.Debit], NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(accounts[transfer.Credit], NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(transfer.Amount, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(transfer.Type, NpgsqlDbType.Text, ct);
            await WriteAsync(transfer.PaymentId);
            await WriteAsync(transfer.MerchantId);
            await (transfer.ExternalReference is { } reference ? copy.WriteAsync(reference, NpgsqlDbType.Text, ct) : copy.WriteNullAsync(ct));
            await copy.WriteAsync(transfer.DebitVersion, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(transfer.CreditVersion, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(transfer.DebitBalance, NpgsqlDbType.Bigint, ct);
            await copy.WriteAsync(transfer.CreditBalance, NpgsqlDbType.Bigint, ct);
            await WriteAsync(transfer.DebitPrevious);
            await WriteAsync(transfer.CreditPrevious);
            await copy.WriteAsync(transfer.EffectiveAt, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(transfer.CreatedAt, NpgsqlDbType.TimestampTz, ct);
            await copy.WriteAsync(transfer.Period, NpgsqlDbType.Integer, ct);
            await (transfer.ExpiresAt is { } expiresAt ? copy.WriteAsync(expiresAt, NpgsqlDbType.TimestampTz, ct) : copy.WriteNullAsync(ct));
            await copy.WriteAsync(position, NpgsqlDbType.Integer, ct);
            await copy.WriteAsync(block, NpgsqlDbType.Bigint, ct);
        }

        await copy.CompleteAsync(ct);

        Task WriteAsync(Id? id) => id is { } given ? copy.WriteAsync(given.Value, NpgsqlDbType.Uuid, ct) : copy.WriteNullAsync(ct);
    }

    /// <summary>Writes down which pending transfers ended. Fails when one ended already.</summary>
    public static NpgsqlBatchCommand InsertEnds(IReadOnlyList<Transfer> ends) => new("INSERT INTO transfer_ends (pending_id, transfer_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])")
    {
        Parameters =
        {
            new() { Value = ends.Select(end => end.PendingId!.Value.Value).ToArray() },
            new() { Value = ends.Select(end => end.Id.Value).ToArray() },
        },
    };

    /// <summary>Marks every <see cref="MarkEvery"/>th entry of an account. None: null.</summary>
    public static NpgsqlBatchCommand? InsertMarks(IReadOnlyList<Transfer> transfers, IReadOnlyDictionary<AccountName, long> accounts)
    {
        List<(long Account, long Version, Transfer Transfer)> marks = [];
        foreach (var transfer in transfers)
        {
            if (transfer.DebitVersion % MarkEvery == 0)
            {
                marks.Add((accounts[transfer.Debit], transfer.DebitVersion, transfer));
            }

            if (transfer.CreditVersion % MarkEvery == 0)
            {
                marks.Add((accounts[transfer.Credit], transfer.CreditVersion, transfer));
            }
        }

        return marks.Count == 0 ? null : new NpgsqlBatchCommand(
            "INSERT INTO entry_marks (account_id, version, transfer_id, created_at) SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::timestamptz[])")
        {
            Parameters =
            {
                new() { Value = marks.Select(mark => mark.Account).ToArray() },
                new() { Value = marks.Select(mark => mark.Version).ToArray() },
                new() { Value = marks.Select(mark => mark.Transfer.Id.Value).ToArray() },
                new() { Value = marks.Select(mark => mark.Transfer.CreatedAt).ToArray() },
            },
        };
    }

    /// <summary>The next transfers of a shard in the order of their ids.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, Guid after, int limit, CancellationToken ct) => ListAsync(
        shard,
        $"SELECT {Columns}, e.kind FROM transfers t {Accounts} {End} WHERE t.id > $1 ORDER BY t.id LIMIT $2",
        [after, limit],
        ct);

    /// <summary>One transfer; null when it isn't here.</summary>
    public static async Task<ListedTransfer?> FindAsync(Shard shard, Id id, CancellationToken ct)
    {
        var found = await ListAsync(shard, $"SELECT {Columns}, e.kind FROM transfers t {Accounts} {End} WHERE t.id = $1", [id.Value], ct);
        return found.SingleOrDefault();
    }

    /// <summary>All transfers of a payment, oldest first.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, Id payment, CancellationToken ct) => ListAsync(
        shard,
        $"SELECT {Columns}, e.kind FROM transfers t {Accounts} {End} WHERE t.payment_id = $1 ORDER BY t.block, t.position",
        [payment.Value],
        ct);

    /// <summary>The next transfers of an account in the order of its entries.</summary>
    public static Task<List<ListedTransfer>> ListAsync(Shard shard, AccountName account, long afterVersion, int limit, CancellationToken ct) => ListAsync(
        shard,
        $"""
        {WalkFrom} (SELECT m.transfer_id FROM entry_marks m WHERE m.account_id = a.id AND m.version >= $4 + $5 ORDER BY m.version LIMIT 1) {WalkBackWhile} w.version > $4 + 1)
        SELECT {Columns}, e.kind FROM walk t {Accounts} {End} WHERE t.version > $4 AND t.version <= $4 + $5 ORDER BY t.version
        """,
        [account.Path, (short)account.Mode, account.Currency.Code, afterVersion, limit],
        ct);

    /// <summary>How many entries of an account were booked before a moment; 0 also when there is no such account.</summary>
    public static async Task<long> VersionAtAsync(Shard shard, AccountName account, DateTimeOffset time, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            $"""
            {WalkFrom}
                (SELECT m.transfer_id FROM entry_marks m WHERE m.account_id = a.id AND m.version > coalesce(
                    (SELECT max(b.version) FROM entry_marks b WHERE b.account_id = a.id AND b.created_at < $4), 0) ORDER BY m.version LIMIT 1)
            {WalkBackWhile} w.created_at >= $4)
            SELECT coalesce(max(version) FILTER (WHERE created_at < $4), 0) FROM walk
            """);
        command.Parameters.AddRange(new NpgsqlParameter[] { new() { Value = account.Path }, new() { Value = (short)account.Mode }, new() { Value = account.Currency.Code }, new() { Value = time.ToUniversalTime() } });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<List<ListedTransfer>> ListAsync(Shard shard, string sql, object[] values, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(sql);
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        var listed = new List<ListedTransfer>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var transfer = Read(reader);
            var end = reader.IsDBNull(20) ? (TransferKind?)null : (TransferKind)reader.GetInt16(20);
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


    internal static Transfer Read(NpgsqlDataReader reader) => new()
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
        Period = reader.GetInt32(18),
        ExpiresAt = reader.IsDBNull(19) ? null : reader.GetFieldValue<DateTimeOffset>(19),
    };

    /// <summary>As the index of ids has them.</summary>
    private static Row[] InOrder(IReadOnlyList<Transfer> transfers)
    {
        var rows = new Row[transfers.Count];
        for (var position = 0; position < rows.Length; position++)
        {
            rows[position] = new Row(transfers[position], position);
        }

        Array.Sort(rows, static (left, right) => left.Transfer.Id.CompareTo(right.Transfer.Id));
        return rows;
    }

    private readonly record struct Row(Transfer Transfer, int Position);

    private static Id? ReadId(NpgsqlDataReader reader, int column, string prefix) => reader.IsDBNull(column) ? null : Id.From(prefix, reader.GetGuid(column));
}
