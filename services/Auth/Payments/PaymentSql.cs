using System.Text.Json;
using Npgsql;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Payments;

/// <summary>Statements that write payments, many at once. What is read is in <see cref="PaymentReadSql"/>.</summary>
internal static class PaymentSql
{
    private const string InsertPayments =
        """
        INSERT INTO payments (id, merchant_id, mode, currency, amount, capture_automatically, reference, metadata, token_id, card, risk, idempotency_key, created_at,
            status, acquirer, decline_code, version, lease_owner, lease_epoch, due_at, history_sequence, event_sequence, updated_at, authentication, bank_account)
        SELECT n.id, n.merchant_id, n.mode, n.currency, n.amount, n.capture_automatically, n.reference, n.metadata::jsonb, n.token_id, n.card::jsonb, n.risk::jsonb,
            n.idempotency_key, n.created_at, n.status, n.acquirer, n.decline_code, n.version, n.lease_owner, n.lease_epoch, n.due_at, n.history_sequence,
            n.event_sequence, n.updated_at, n.authentication::jsonb, n.bank_account::jsonb
        FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::text[], $9::uuid[], $10::text[], $11::text[],
            $12::text[], $13::timestamptz[], $14::text[], $15::text[], $16::text[], $17::bigint[], $18::text[], $19::bigint[], $20::timestamptz[], $21::bigint[],
            $22::bigint[], $23::timestamptz[], $24::text[], $25::text[])
            AS n (id, merchant_id, mode, currency, amount, capture_automatically, reference, metadata, token_id, card, risk, idempotency_key, created_at,
                status, acquirer, decline_code, version, lease_owner, lease_epoch, due_at, history_sequence, event_sequence, updated_at, authentication, bank_account)
        ORDER BY n.id
        ON CONFLICT (id) DO NOTHING
        RETURNING id
        """;

    // Compare-and-set: whoever was faster has another version or another epoch, and this row is left alone.
    private const string UpdatePayments =
        """
        UPDATE payments p SET
            status = n.status, acquirer = n.acquirer, external_id = n.external_id, decline_code = n.decline_code, authorized = n.authorized, capturing = n.capturing,
            captured = n.captured, releasing = n.releasing, released = n.released, settled = n.settled, refunding = n.refunding, refunded = n.refunded, returned = n.returned,
            version = n.version, lease_owner = n.lease_owner, lease_epoch = n.lease_epoch, due_at = n.due_at, history_sequence = n.history_sequence,
            event_sequence = n.event_sequence, expires_at = n.expires_at, updated_at = n.updated_at, risk = coalesce(n.risk::jsonb, p.risk),
            authentication = coalesce(n.authentication::jsonb, p.authentication), disputed = n.disputed, charged_back = n.charged_back,
            disputes = coalesce(n.disputes::jsonb, p.disputes)
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
            $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[], $17::text[], $18::bigint[], $19::timestamptz[], $20::bigint[], $21::bigint[],
            $22::timestamptz[], $23::timestamptz[], $24::text[], $25::text[], $26::bigint[], $27::bigint[], $28::bigint[], $29::text[])
            AS n (id, expected_version, expected_epoch, status, acquirer, external_id, decline_code, authorized, capturing, captured, releasing, released, settled,
                refunding, refunded, version, lease_owner, lease_epoch, due_at, history_sequence, event_sequence, expires_at, updated_at, risk, authentication, returned, disputed,
                charged_back, disputes)
        WHERE p.id = n.id AND p.version = n.expected_version AND p.lease_epoch = n.expected_epoch
        RETURNING p.id
        """;

    private const string WriteOperations =
        """
        INSERT INTO operations (id, payment_id, number, kind, amount, is_final, state, fee, external_id, decline_code, idempotency_key, created_at, finished_at, capture_id,
            voids_capture)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::text[], $5::bigint[], $6::boolean[], $7::text[], $8::bigint[], $9::text[], $10::text[],
            $11::text[], $12::timestamptz[], $13::timestamptz[], $14::uuid[], $15::boolean[])
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, fee = excluded.fee, voids_capture = excluded.voids_capture, external_id = excluded.external_id, decline_code = excluded.decline_code,
            finished_at = excluded.finished_at
        """;

    private const string WriteAttempts =
        """
        INSERT INTO attempts (id, payment_id, operation_id, acquirer, reference, state, tries, external_id, decline_code, decline_kind, created_at, finished_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::text[], $10::text[], $11::timestamptz[],
            $12::timestamptz[])
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, tries = excluded.tries, external_id = excluded.external_id, decline_code = excluded.decline_code,
            decline_kind = excluded.decline_kind, finished_at = excluded.finished_at
        """;

    private const string AppendHistory =
        """
        INSERT INTO history (payment_id, sequence, type, previous_status, status, at, metadata)
        SELECT n.payment_id, n.sequence, n.type, n.previous_status, n.status, n.at, n.metadata::jsonb
        FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[])
            AS n (payment_id, sequence, type, previous_status, status, at, metadata)
        """;

    public static NpgsqlBatchCommand Insert(IReadOnlyList<Payment> payments) => Command(
        InsertPayments,
        Column(payments, payment => payment.Id.Value),
        Column(payments, payment => payment.MerchantId.Value),
        Column(payments, payment => (short)payment.Mode),
        Column(payments, payment => payment.Amount.Currency.Code),
        Column(payments, payment => payment.Amount.MinorUnits),
        Column(payments, payment => payment.CaptureAutomatically),
        Column(payments, payment => payment.Reference),
        Column(payments, payment => JsonSerializer.Serialize(payment.Metadata, ApiJson.Options)),
        Column(payments, payment => payment.Method.TokenId.Value),
        Column(payments, payment => Json(payment.Method as CardView)),
        Column(payments, payment => Json(payment.Risk)),
        Column(payments, payment => payment.IdempotencyKey),
        Column(payments, payment => payment.CreatedAt),
        Column(payments, payment => payment.Status.Name()),
        Column(payments, payment => payment.Acquirer),
        Column(payments, payment => payment.DeclineCode),
        Column(payments, payment => payment.Version),
        Column(payments, payment => payment.Lease.Owner),
        Column(payments, payment => payment.Lease.Epoch),
        Column(payments, payment => payment.Lease.DueAt),
        Column(payments, payment => payment.HistorySequence),
        Column(payments, payment => payment.EventSequence),
        Column(payments, payment => payment.UpdatedAt),
        Column(payments, payment => Json(payment.Authentication)),
        Column(payments, payment => Json(payment.Method as BankAccountView)));

    public static NpgsqlBatchCommand Update(IReadOnlyList<PaymentChange> changes) => Command(
        UpdatePayments,
        Column(changes, change => change.After.Id.Value),
        Column(changes, change => change.Before!.Version),
        Column(changes, change => change.Before!.Lease.Epoch),
        Column(changes, change => change.After.Status.Name()),
        Column(changes, change => change.After.Acquirer),
        Column(changes, change => change.After.ExternalId),
        Column(changes, change => change.After.DeclineCode),
        Column(changes, change => change.After.Amounts.Authorized),
        Column(changes, change => change.After.Amounts.Capturing),
        Column(changes, change => change.After.Amounts.Captured),
        Column(changes, change => change.After.Amounts.Releasing),
        Column(changes, change => change.After.Amounts.Released),
        Column(changes, change => change.After.Amounts.Settled),
        Column(changes, change => change.After.Amounts.Refunding),
        Column(changes, change => change.After.Amounts.Refunded),
        Column(changes, change => change.After.Version),
        Column(changes, change => change.After.Lease.Owner),
        Column(changes, change => change.After.Lease.Epoch),
        Column(changes, change => change.After.Lease.DueAt),
        Column(changes, change => change.After.HistorySequence),
        Column(changes, change => change.After.EventSequence),
        Column(changes, change => change.After.ExpiresAt),
        Column(changes, change => change.After.UpdatedAt),
        Column(changes, change => Changed(change, payment => payment.Risk)),
        Column(changes, change => Changed(change, payment => payment.Authentication)),
        Column(changes, change => change.After.Amounts.Returned),
        Column(changes, change => change.After.Amounts.Disputed),
        Column(changes, change => change.After.Amounts.ChargedBack),
        Column(changes, change => change.After.Disputes == change.Before!.Disputes ? null : JsonSerializer.Serialize(change.After.Disputes, ApiJson.Options)));

    public static NpgsqlBatchCommand Write(IReadOnlyList<(Id Payment, Operation Operation)> operations) => Command(
        WriteOperations,
        Column(operations, row => row.Operation.Id.Value),
        Column(operations, row => row.Payment.Value),
        Column(operations, row => (short)row.Operation.Number),
        Column(operations, row => Names.Of(row.Operation.Kind)),
        Column(operations, row => row.Operation.Amount),
        Column(operations, row => row.Operation.IsFinal),
        Column(operations, row => Names.Of(row.Operation.State)),
        Column(operations, row => row.Operation.Fee),
        Column(operations, row => row.Operation.ExternalId),
        Column(operations, row => row.Operation.DeclineCode),
        Column(operations, row => row.Operation.IdempotencyKey),
        Column(operations, row => row.Operation.CreatedAt),
        Column(operations, row => row.Operation.FinishedAt),
        Column(operations, row => row.Operation.CaptureId?.Value),
        Column(operations, row => row.Operation.VoidsCapture));

    public static NpgsqlBatchCommand Write(IReadOnlyList<(Id Payment, Attempt Attempt)> attempts) => Command(
        WriteAttempts,
        Column(attempts, row => row.Attempt.Id.Value),
        Column(attempts, row => row.Payment.Value),
        Column(attempts, row => row.Attempt.OperationId.Value),
        Column(attempts, row => row.Attempt.Acquirer),
        Column(attempts, row => row.Attempt.Reference),
        Column(attempts, row => Names.Of(row.Attempt.State)),
        Column(attempts, row => row.Attempt.Tries),
        Column(attempts, row => row.Attempt.ExternalId),
        Column(attempts, row => row.Attempt.DeclineCode),
        Column(attempts, row => row.Attempt.DeclineKind is { } kind ? Names.Of(kind) : null),
        Column(attempts, row => row.Attempt.CreatedAt),
        Column(attempts, row => row.Attempt.FinishedAt));

    public static NpgsqlBatchCommand Append(IReadOnlyList<(Id Payment, HistoryEntry Entry)> history) => Command(
        AppendHistory,
        Column(history, row => row.Payment.Value),
        Column(history, row => row.Entry.Sequence),
        Column(history, row => row.Entry.Type),
        Column(history, row => row.Entry.Previous?.Name()),
        Column(history, row => row.Entry.Status.Name()),
        Column(history, row => row.Entry.At),
        Column(history, row => row.Entry.Metadata.ToJsonString()));

    private static string? Json<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, ApiJson.Options);

    // Null leaves the column as it is: these are written once or twice in a payment's life, and long.
    private static string? Changed<T>(PaymentChange change, Func<Payment, T?> part) where T : class =>
        Equals(part(change.Before!), part(change.After)) ? null : Json(part(change.After));

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<Array> columns)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var column in columns)
        {
            command.Parameters.Add(new() { Value = column });
        }

        return command;
    }

    private static TValue[] Column<TRow, TValue>(IReadOnlyList<TRow> rows, Func<TRow, TValue> value)
    {
        var column = new TValue[rows.Count];
        for (var i = 0; i < column.Length; i++)
        {
            column[i] = value(rows[i]);
        }

        return column;
    }
}
