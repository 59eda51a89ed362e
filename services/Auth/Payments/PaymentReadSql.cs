using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Npgsql;
using PayFlow.Auth.Acquirers;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Payments;

/// <summary>Which payments a list shows: newest first.</summary>
/// <param name="After">The last payment of the page before.</param>
public sealed record PaymentFilter(Id MerchantId, Mode Mode, int Limit, Id? After, PaymentStatus? Status, DateTimeOffset? CreatedFrom);

/// <summary>Statements that read payments.</summary>
internal static class PaymentReadSql
{
    private const string Columns =
        """
        p.id, p.merchant_id, p.mode, p.currency, p.amount, p.capture_automatically, p.reference, p.metadata, p.card, p.risk, p.idempotency_key, p.created_at,
        p.acquirer, p.external_id, p.decline_code, p.authorized, p.capturing, p.captured, p.releasing, p.released, p.settled, p.refunding, p.refunded, p.version,
        p.lease_owner, p.lease_epoch, p.due_at, p.history_sequence, p.event_sequence, p.expires_at, p.updated_at, p.authentication, p.bank_account, p.returned, p.disputed,
        p.charged_back, p.disputes
        """;

    private const string Operations =
        """
        SELECT o.payment_id, o.id, o.number, o.kind, o.amount, o.is_final, o.state, o.fee, o.external_id, o.decline_code, o.idempotency_key, o.created_at, o.finished_at,
            o.capture_id, o.voids_capture
        FROM operations o
        """;

    private const string Attempts =
        """
        SELECT a.payment_id, a.id, a.operation_id, a.acquirer, a.reference, a.state, a.tries, a.external_id, a.created_at, a.finished_at, a.decline_code, a.decline_kind
        FROM attempts a
        """;

    private const string One = $"SELECT {Columns} FROM payments p WHERE p.id = $1";
    private const string OneLocked = $"{One} FOR UPDATE";
    private const string OperationsOfOne = $"{Operations} WHERE o.payment_id = $1 ORDER BY o.number";
    private const string AttemptsOfOne = $"{Attempts} WHERE a.payment_id = $1 ORDER BY a.created_at, a.id";
    private const string OperationsOfMany = $"{Operations} WHERE o.payment_id = ANY ($1) ORDER BY o.number";
    private const string AttemptsOfMany = $"{Attempts} WHERE a.payment_id = ANY ($1) ORDER BY a.created_at, a.id";

    private const string Page =
        $"""
        SELECT {Columns} FROM payments p
        WHERE p.merchant_id = $1 AND p.mode = $2 AND ($3::uuid IS NULL OR p.id < $3) AND ($4::text IS NULL OR p.status = $4) AND ($5::timestamptz IS NULL OR p.created_at >= $5)
        ORDER BY p.id DESC LIMIT $6
        """;

    private const string Next =
        $"""
        SELECT {Columns} FROM payments p
        WHERE p.id > $1 AND ($2::uuid IS NULL OR p.merchant_id = $2) AND ($3::timestamptz IS NULL OR p.created_at >= $3)
        ORDER BY p.id LIMIT $4
        """;

    private const string FindDue = "SELECT p.id FROM payments p WHERE p.due_at <= $1 ORDER BY p.due_at LIMIT $2";

    private const string FindHistory =
        """
        SELECT h.sequence, h.type, h.previous_status, h.status, h.at, h.metadata FROM history h
        WHERE h.payment_id = $1 AND h.sequence > $2 ORDER BY h.sequence LIMIT $3
        """;

    public static async Task<Payment?> FindAsync(NpgsqlDataSource source, Id id, CancellationToken ct)
    {
        await using var batch = source.CreateBatch();
        return await FindAsync(batch, One, id, ct);
    }

    /// <summary>Reads a payment and keeps everybody else from changing it until the transaction ends.</summary>
    public static async Task<Payment?> LockAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, Id id, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        return await FindAsync(batch, OneLocked, id, ct);
    }

    public static async Task<IReadOnlyList<Payment>> ListAsync(NpgsqlDataSource source, PaymentFilter filter, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(Page, connection);
        command.Parameters.Add(new() { Value = filter.MerchantId.Value });
        command.Parameters.Add(new() { Value = (short)filter.Mode });
        command.Parameters.Add(new() { Value = (object?)filter.After?.Value ?? DBNull.Value });
        command.Parameters.Add(new() { Value = (object?)filter.Status?.Name() ?? DBNull.Value });
        command.Parameters.Add(new() { Value = (object?)filter.CreatedFrom?.ToUniversalTime() ?? DBNull.Value });
        command.Parameters.Add(new() { Value = filter.Limit });
        return await WholeAsync(connection, command, ct);
    }

    /// <summary>Payments in the order of their ids, from after one on.</summary>
    public static async Task<IReadOnlyList<Payment>> NextAsync(
        NpgsqlDataSource source, Guid after, Id? merchant, DateTimeOffset? createdFrom, int limit, CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(Next, connection);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = (object?)merchant?.Value ?? DBNull.Value });
        command.Parameters.Add(new() { Value = (object?)createdFrom ?? DBNull.Value });
        command.Parameters.Add(new() { Value = limit });
        return await WholeAsync(connection, command, ct);
    }

    /// <summary>Payments that somebody should take up by now.</summary>
    public static async Task<IReadOnlyList<Id>> FindDueAsync(NpgsqlDataSource source, DateTimeOffset now, int max, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindDue);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = max });
        var ids = new List<Id>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ids.Add(Id.From(IdPrefix.Payment, reader.GetGuid(0)));
        }

        return ids;
    }

    public static async Task<IReadOnlyList<HistoryEntry>> HistoryAsync(NpgsqlDataSource source, Id payment, long after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindHistory);
        command.Parameters.Add(new() { Value = payment.Value });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        var entries = new List<HistoryEntry>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            entries.Add(new HistoryEntry(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : Names.Parse<PaymentStatus>(reader.GetString(2)),
                Names.Parse<PaymentStatus>(reader.GetString(3)),
                reader.GetFieldValue<DateTimeOffset>(4),
                JsonNode.Parse(reader.GetString(5))!.AsObject()));
        }

        return entries;
    }

    private static async Task<Payment?> FindAsync(NpgsqlBatch batch, string one, Id id, CancellationToken ct)
    {
        foreach (var sql in new[] { one, OperationsOfOne, AttemptsOfOne })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = id.Value } } });
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var payment = ReadPayment(reader);
        await reader.NextResultAsync(ct);
        var operations = (await ReadAllAsync(reader, ReadOperation, ct)).Select(row => row.Operation);
        await reader.NextResultAsync(ct);
        var attempts = (await ReadAllAsync(reader, ReadAttempt, ct)).Select(row => row.Attempt);
        return payment with { Operations = [.. operations], Attempts = [.. attempts] };
    }

    private static async Task<IReadOnlyList<Payment>> WholeAsync(NpgsqlConnection connection, NpgsqlCommand page, CancellationToken ct)
    {
        List<Payment> payments;
        await using (var reader = await page.ExecuteReaderAsync(ct))
        {
            payments = await ReadAllAsync(reader, ReadPayment, ct);
        }

        if (payments.Count == 0)
        {
            return payments;
        }

        var ids = payments.Select(payment => payment.Id.Value).ToArray();
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(OperationsOfMany) { Parameters = { new() { Value = ids } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(AttemptsOfMany) { Parameters = { new() { Value = ids } } });
        await using var parts = await batch.ExecuteReaderAsync(ct);
        var operations = (await ReadAllAsync(parts, ReadOperation, ct)).ToLookup(row => row.Payment, row => row.Operation);
        await parts.NextResultAsync(ct);
        var attempts = (await ReadAllAsync(parts, ReadAttempt, ct)).ToLookup(row => row.Payment, row => row.Attempt);
        return [.. payments.Select(payment => payment with { Operations = [.. operations[payment.Id.Value]], Attempts = [.. attempts[payment.Id.Value]] })];
    }

    private static async Task<List<T>> ReadAllAsync<T>(NpgsqlDataReader reader, Func<NpgsqlDataReader, T> read, CancellationToken ct)
    {
        var all = new List<T>();
        while (await reader.ReadAsync(ct))
        {
            all.Add(read(reader));
        }

        return all;
    }

    private static Payment ReadPayment(NpgsqlDataReader reader) => new()
    {
        Id = Id.From(IdPrefix.Payment, reader.GetGuid(0)),
        MerchantId = Id.From(IdPrefix.Merchant, reader.GetGuid(1)),
        Mode = (Mode)reader.GetInt16(2),
        Amount = new Money(reader.GetInt64(4), Currency.Parse(reader.GetString(3))),
        CaptureAutomatically = reader.GetBoolean(5),
        Reference = Text(reader, 6),
        Metadata = Json<ImmutableSortedDictionary<string, string>>(reader, 7),
        Method = (PaymentMethod?)OptionalJson<CardView>(reader, 8) ?? Json<BankAccountView>(reader, 32),
        Risk = OptionalJson<RiskView>(reader, 9),
        IdempotencyKey = reader.GetString(10),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(11),
        Acquirer = Text(reader, 12),
        ExternalId = Text(reader, 13),
        DeclineCode = Text(reader, 14),
        Amounts = new Amounts
        {
            Authorized = reader.GetInt64(15),
            Capturing = reader.GetInt64(16),
            Captured = reader.GetInt64(17),
            Releasing = reader.GetInt64(18),
            Released = reader.GetInt64(19),
            Settled = reader.GetInt64(20),
            Refunding = reader.GetInt64(21),
            Refunded = reader.GetInt64(22),
            Returned = reader.GetInt64(33),
            Disputed = reader.GetInt64(34),
            ChargedBack = reader.GetInt64(35),
        },
        Version = reader.GetInt64(23),
        Lease = new Lease(Text(reader, 24), reader.GetInt64(25), Time(reader, 26)),
        HistorySequence = reader.GetInt64(27),
        EventSequence = reader.GetInt64(28),
        ExpiresAt = Time(reader, 29),
        UpdatedAt = reader.GetFieldValue<DateTimeOffset>(30),
        Authentication = OptionalJson<Authentication>(reader, 31),
        Disputes = reader.IsDBNull(36) ? [] : JsonSerializer.Deserialize<ImmutableArray<Dispute>>(reader.GetString(36), ApiJson.Options),
    };

    private static (Guid Payment, Operation Operation) ReadOperation(NpgsqlDataReader reader) => (reader.GetGuid(0), new Operation
    {
        Id = Id.From(IdPrefix.Operation, reader.GetGuid(1)),
        Number = reader.GetInt16(2),
        Kind = Names.Parse<OperationKind>(reader.GetString(3)),
        Amount = reader.GetInt64(4),
        IsFinal = reader.GetBoolean(5),
        State = Names.Parse<OperationState>(reader.GetString(6)),
        Fee = reader.GetInt64(7),
        ExternalId = Text(reader, 8),
        DeclineCode = Text(reader, 9),
        IdempotencyKey = reader.GetString(10),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(11),
        FinishedAt = Time(reader, 12),
        CaptureId = reader.IsDBNull(13) ? null : Id.From(IdPrefix.Operation, reader.GetGuid(13)),
        VoidsCapture = reader.GetBoolean(14),
    });

    private static (Guid Payment, Attempt Attempt) ReadAttempt(NpgsqlDataReader reader) => (reader.GetGuid(0), new Attempt
    {
        Id = Id.From(IdPrefix.Attempt, reader.GetGuid(1)),
        OperationId = Id.From(IdPrefix.Operation, reader.GetGuid(2)),
        Acquirer = reader.GetString(3),
        Reference = reader.GetString(4),
        State = Names.Parse<AttemptState>(reader.GetString(5)),
        Tries = reader.GetInt32(6),
        ExternalId = Text(reader, 7),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(8),
        FinishedAt = Time(reader, 9),
        DeclineCode = Text(reader, 10),
        DeclineKind = Text(reader, 11) is { } kind ? Names.Parse<DeclineKind>(kind) : null,
    });

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static T? OptionalJson<T>(NpgsqlDataReader reader, int column) where T : class => reader.IsDBNull(column) ? null : Json<T>(reader, column);

    private static T Json<T>(NpgsqlDataReader reader, int column) => JsonSerializer.Deserialize<T>(reader.GetString(column), ApiJson.Options)!;
}
