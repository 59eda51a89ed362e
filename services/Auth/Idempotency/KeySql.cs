using Npgsql;
using NpgsqlTypes;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Vault;
using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>Statements on the tables <c>idempotency_keys</c> and <c>accepted_payments</c>.</summary>
internal static class KeySql
{
    public const string PrimaryKey = "idempotency_keys_pkey";

    private const string Columns =
        "k.merchant_id, k.mode, k.key, k.fingerprint, k.kind, k.resource_id, k.payment_id, k.request, k.created_at, k.response_status, k.response_body, k.finished_at";

    private const string Unnest =
        """
        INSERT INTO idempotency_keys (merchant_id, mode, key, fingerprint, kind, resource_id, payment_id, request, created_at)
        SELECT n.merchant_id, n.mode, n.key, n.fingerprint, n.kind, n.resource_id, n.payment_id, n.request::jsonb, n.created_at
        FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::bytea[], $5::text[], $6::uuid[], $7::uuid[], $8::text[], $9::timestamptz[])
            AS n (merchant_id, mode, key, fingerprint, kind, resource_id, payment_id, request, created_at)
        ORDER BY n.merchant_id, n.mode, n.key
        """;

    // Nobody waits for these: until they are begun, the sweep looks after them.
    private const string Accept =
        $"""
        WITH accepted AS ({Unnest} ON CONFLICT ON CONSTRAINT {PrimaryKey} DO NOTHING RETURNING payment_id, created_at)
        INSERT INTO accepted_payments (payment_id, accepted_at) SELECT payment_id, created_at FROM accepted
        """;

    // Also when the key has onboarded somebody: those have an index of their own.
    private const string Take = $"{Unnest} ON CONFLICT DO NOTHING";

    private const string FindOnboarded = $"SELECT {Columns} FROM idempotency_keys k WHERE k.key = $1 AND k.kind = 'merchant.create'";

    private const string FindMany =
        $"""
        SELECT {Columns}, n.position FROM unnest($1::uuid[], $2::smallint[], $3::text[]) WITH ORDINALITY AS n (merchant_id, mode, key, position)
        JOIN idempotency_keys k ON k.merchant_id = n.merchant_id AND k.mode = n.mode AND k.key = n.key
        ORDER BY n.position
        """;

    private const string Find = $"SELECT {Columns} FROM idempotency_keys k WHERE k.merchant_id = $1 AND k.mode = $2 AND k.key = $3";

    private const string FindByPayment = $"SELECT {Columns} FROM idempotency_keys k WHERE k.resource_id = $1 AND k.payment_id = $1";

    private const string Answer =
        """
        UPDATE idempotency_keys k SET finished_at = $6, response_status = n.status, response_body = n.body
        FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::smallint[], $5::text[]) AS n (merchant_id, mode, key, status, body)
        WHERE k.merchant_id = n.merchant_id AND k.mode = n.mode AND k.key = n.key AND k.finished_at IS NULL
        """;

    private const string FindNeverRun = "SELECT payment_id FROM accepted_payments WHERE accepted_at < $1 ORDER BY accepted_at LIMIT $2";

    private const string Begun = "DELETE FROM accepted_payments WHERE payment_id = ANY ($1)";

    /// <summary>Accepts the payments whose keys are new, and gives what is there then, in the order asked.</summary>
    public static async Task<IReadOnlyList<KeyRow>> AcceptAsync(ShardTransaction transaction, IReadOnlyList<KeyRow> rows, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(WithRows(Accept, rows));
        batch.BatchCommands.Add(WithNames(FindMany, [.. rows.Select(row => row.Name)]));   // its snapshot is taken after the insert has waited for whoever else was writing the same keys
        var stored = new List<KeyRow>(rows.Count);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            stored.Add(Read(reader));
        }

        return stored;
    }

    /// <summary>Takes a key for the transaction that carries its request out; whoever else wants it waits for the end of that transaction.</summary>
    /// <returns>False when the key has a row already.</returns>
    public static async Task<bool> TryTakeAsync(ShardTransaction transaction, KeyRow row, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(WithRows(Take, [row]));
        return await batch.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Adds the answer to the key that the transaction took.</summary>
    public static async Task AnswerAsync(ShardTransaction transaction, KeyAnswer answer, DateTimeOffset now, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(AddAnswers([answer], now));
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Rows whose keys must be new; <see cref="PrimaryKey"/> refuses the batch otherwise.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyList<KeyRow> rows) => WithRows(Unnest, rows);

    /// <summary>Accepted payments that the same transaction begins.</summary>
    public static NpgsqlBatchCommand Begin(IReadOnlyList<Id> payments) => new(Begun) { Parameters = { new() { Value = payments.Select(payment => payment.Value).ToArray() } } };

    /// <summary>Adds answers to rows that have none.</summary>
    public static NpgsqlBatchCommand AddAnswers(IReadOnlyList<KeyAnswer> answers, DateTimeOffset now)
    {
        var command = WithNames(Answer, [.. answers.Select(answer => answer.Name)]);
        command.Parameters.Add(new() { Value = answers.Select(answer => (short)answer.Status).ToArray() });
        command.Parameters.Add(new() { Value = answers.Select(answer => answer.Body).ToArray() });
        command.Parameters.Add(new() { Value = now });
        return command;
    }

    public static async Task<KeyRow?> FindAsync(NpgsqlDataSource source, KeyName name, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Find);
        Name(command.Parameters, name);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>The request by which an administrator onboarded somebody.</summary>
    public static async Task<KeyRow?> FindOnboardedAsync(NpgsqlDataSource source, string key, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindOnboarded);
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>What is known of each key, and what of its merchant's own is behind the token beside it, in one round trip.</summary>
    public static async Task<IReadOnlyList<(KeyRow? Known, PaymentMethod? Method)>> FindWithMethodsAsync(
        NpgsqlDataSource source, IReadOnlyList<(KeyName Name, Id Token)> asked, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(WithNames(FindMany, [.. asked.Select(each => each.Name)]));
        batch.BatchCommands.Add(TokenSql.Find([.. asked.Select(each => (each.Token, each.Name.MerchantId, each.Name.Mode))]));
        var found = new (KeyRow? Known, PaymentMethod? Method)[asked.Count];
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found[reader.GetInt64(12) - 1].Known = Read(reader);
        }

        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (position, method) = TokenSql.ReadMethod(reader);
            found[position].Method = method;
        }

        return found;
    }

    /// <summary>The request that a payment comes from.</summary>
    public static async Task<KeyRow?> FindByPaymentAsync(Shards shards, Id payment, CancellationToken ct)
    {
        await using var command = shards.For(payment.Slot).Source.CreateCommand(FindByPayment);
        command.Parameters.Add(new() { Value = payment.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Payments that were accepted before a time and never begun.</summary>
    public static async Task<IReadOnlyList<Id>> FindNeverRunAsync(NpgsqlDataSource source, DateTimeOffset before, int max, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindNeverRun);
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = max });
        var ids = new List<Id>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ids.Add(Id.From(IdPrefix.Payment, reader.GetGuid(0)));
        }

        return ids;
    }

    private static NpgsqlBatchCommand WithRows(string sql, IReadOnlyList<KeyRow> rows)
    {
        var command = WithNames(sql, [.. rows.Select(row => row.Name)]);
        command.Parameters.Add(new() { Value = rows.Select(row => row.Fingerprint).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Kind.Name()).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Resource.Value).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.PaymentId == default ? (Guid?)null : row.PaymentId.Value).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.Request).ToArray() });
        command.Parameters.Add(new() { Value = rows.Select(row => row.CreatedAt).ToArray() });
        return command;
    }

    private static NpgsqlBatchCommand WithNames(string sql, IReadOnlyList<KeyName> names) => new(sql)
    {
        Parameters =
        {
            new() { Value = names.Select(name => name.MerchantId.Value).ToArray() },
            new() { Value = names.Select(name => (short)name.Mode).ToArray() },
            new() { Value = names.Select(name => name.Key).ToArray() },
        },
    };

    private static void Name(NpgsqlParameterCollection parameters, KeyName name)
    {
        parameters.Add(new() { Value = name.MerchantId.Value });
        parameters.Add(new() { Value = (short)name.Mode });
        parameters.Add(new() { Value = name.Key });
    }

    private static KeyRow Read(NpgsqlDataReader reader)
    {
        var name = new KeyName(Id.From(IdPrefix.Merchant, reader.GetGuid(0)), (Mode)reader.GetInt16(1), reader.GetString(2));
        var kind = KeyKinds.Parse(reader.GetString(4));
        return new KeyRow(
            name,
            reader.GetFieldValue<byte[]>(3),
            kind,
            Id.From(kind.Prefix(), reader.GetGuid(5)),
            reader.IsDBNull(6) ? default : Id.From(IdPrefix.Payment, reader.GetGuid(6)),
            reader.GetString(7),
            reader.GetFieldValue<DateTimeOffset>(8))
        {
            Answer = reader.IsDBNull(9) ? null : new KeyAnswer(name, reader.GetInt16(9), reader.GetString(10)),
            FinishedAt = reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11),
        };
    }
}
