using Npgsql;

namespace PayFlow.Sandbox.Disputes;

/// <summary>Statements on the table <c>disputes</c>, and what disputes change of <c>captures</c>.</summary>
public static class DisputeSql
{
    private const string Columns = "d.acquirer, d.reference, d.external_id, d.capture_id, d.amount, d.currency, d.reason, d.respond_by, d.opened_at, d.outcome, d.closed_at";

    // A report says so by now; lines that come late only once they are there for everyone to read.
    private const string Captures =
        """
        SELECT c.external_id, c.amount, a.currency, a.card, c.debited - c.credited,
            EXISTS (SELECT FROM report_lines l JOIN batches b ON b.acquirer = l.acquirer AND b.batch_key = l.batch_key
                WHERE l.external_id = c.external_id AND l.status = 'settled' AND CASE l.deposit WHEN 1 THEN b.report_at ELSE b.late_at END <= $3)
        FROM captures c JOIN authorizations a ON a.external_id = c.holds
        WHERE c.acquirer = $1 AND c.external_id = ANY ($2)
        ORDER BY c.external_id FOR UPDATE OF c
        """;

    // The disputes and what they take of their captures, or neither.
    private const string Insert =
        """
        WITH written AS (
            INSERT INTO disputes (acquirer, reference, external_id, capture_id, amount, currency, reason, respond_by, opened_at)
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
            ON CONFLICT ON CONSTRAINT disputes_pkey DO NOTHING
            RETURNING capture_id, amount),
        debited AS (
            UPDATE captures c SET debited = c.debited + written.amount FROM written WHERE c.external_id = written.capture_id)
        SELECT count(*) FROM written
        """;

    // Decided once.
    private const string Close =
        """
        WITH closed AS (
            UPDATE disputes d SET outcome = $3, closed_at = $4 WHERE d.acquirer = $1 AND d.external_id = $2 AND d.outcome IS NULL
            RETURNING d.capture_id, d.amount),
        credited AS (
            UPDATE captures c SET credited = c.credited + closed.amount FROM closed WHERE c.external_id = closed.capture_id AND $3 = 'Won')
        SELECT count(*) FROM closed
        """;

    private const string FindByReference = $"SELECT {Columns} FROM disputes d WHERE d.acquirer = $1 AND d.reference = $2";
    private const string FindById = $"SELECT {Columns} FROM disputes d WHERE d.acquirer = $1 AND d.external_id = $2";

    /// <summary>Locks captures, in the order of their ids, and tells what decides whether they can be disputed.</summary>
    public static async Task<List<DisputableCapture>> LockAsync(
        NpgsqlConnection connection, string acquirer, IReadOnlyCollection<string> captures, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Captures, connection)
        {
            Parameters = { new() { Value = acquirer }, new() { Value = captures.ToArray() }, new() { Value = now } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<DisputableCapture>();
        while (await reader.ReadAsync(cancel))
        {
            found.Add(new DisputableCapture(
                reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3), IsSettled: reader.GetBoolean(5), Debited: reader.GetInt64(4)));
        }

        return found;
    }

    /// <summary>How many were written: a reference that is known is left alone.</summary>
    public static async Task<long> InsertAsync(NpgsqlConnection connection, IReadOnlyList<Dispute> disputes, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = disputes.Select(dispute => dispute.Acquirer).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.Reference).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.ExternalId).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.CaptureId).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.Amount).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.Currency).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.Reason.ToString()).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.RespondBy).ToArray() },
                new() { Value = disputes.Select(dispute => dispute.OpenedAt).ToArray() },
            },
        };
        return (long)(await command.ExecuteScalarAsync(cancel))!;
    }

    /// <summary>False when it is not open.</summary>
    public static async Task<bool> TryCloseAsync(NpgsqlConnection connection, string acquirer, string externalId, DisputeOutcome outcome, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Close, connection)
        {
            Parameters = { new() { Value = acquirer }, new() { Value = externalId }, new() { Value = outcome.ToString() }, new() { Value = now } },
        };
        return await command.ExecuteScalarAsync(cancel) is 1L;
    }

    public static Task<Dispute?> FindByReferenceAsync(NpgsqlConnection connection, string acquirer, string reference, CancellationToken cancel) =>
        FindAsync(connection, FindByReference, acquirer, reference, cancel);

    public static Task<Dispute?> FindByIdAsync(NpgsqlConnection connection, string acquirer, string externalId, CancellationToken cancel) =>
        FindAsync(connection, FindById, acquirer, externalId, cancel);

    private static async Task<Dispute?> FindAsync(NpgsqlConnection connection, string sql, string acquirer, string key, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = acquirer }, new() { Value = key } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Dispute(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetString(3),
                reader.GetInt64(4),
                reader.GetString(5),
                Enum.Parse<DisputeReason>(reader.GetString(6)),
                reader.GetFieldValue<DateTimeOffset>(7),
                reader.GetFieldValue<DateTimeOffset>(8),
                reader.IsDBNull(9) ? null : Enum.Parse<DisputeOutcome>(reader.GetString(9)),
                reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10))
            : null;
    }
}
