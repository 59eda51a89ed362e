using Npgsql;

namespace PayFlow.Sandbox.Captures;

/// <summary>Statements on the table <c>capture_voids</c>, and what voids change of <c>captures</c> and <c>authorizations</c>.</summary>
public static class CaptureVoidSql
{
    private const string Columns = "acquirer, reference, capture_id, external_id, refusal, created_at";

    // The authorization first, as captures and refunds lock it; then the capture, for which batches wait and which waits for them.
    private const string LockAuthorization =
        """
        SELECT a.captured - a.voided, a.refunded FROM authorizations a
        WHERE a.external_id = (SELECT c.holds FROM captures c WHERE c.acquirer = $1 AND c.external_id = $2) FOR UPDATE
        """;

    private const string LockCapture = "SELECT amount, batch_key IS NOT NULL, voided_at IS NOT NULL FROM captures WHERE acquirer = $1 AND external_id = $2 FOR UPDATE";

    // The void and what it undoes, or neither.
    private const string Insert =
        $"""
        WITH written AS (
            INSERT INTO capture_voids ({Columns}) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT ON CONSTRAINT capture_voids_pkey DO NOTHING
            RETURNING voids, created_at),
        undone AS (
            UPDATE captures c SET voided_at = written.created_at FROM written WHERE c.external_id = written.voids RETURNING c.holds, c.amount),
        given_back AS (
            UPDATE authorizations a SET voided = a.voided + undone.amount FROM undone WHERE a.external_id = undone.holds)
        SELECT count(*) FROM written
        """;

    private const string Find = $"SELECT {Columns} FROM capture_voids WHERE acquirer = $1 AND reference = $2";

    /// <summary>Locks a capture and its authorization; null when this acquirer has no such capture.</summary>
    public static async Task<TakenCapture?> LockCaptureAsync(NpgsqlConnection connection, string acquirer, string externalId, CancellationToken cancel)
    {
        await using var batch = connection.CreateBatch();
        foreach (var statement in (string[])[LockAuthorization, LockCapture])
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(statement) { Parameters = { new() { Value = acquirer }, new() { Value = externalId } } });
        }

        await using var reader = await batch.ExecuteReaderAsync(cancel);
        if (!await reader.ReadAsync(cancel))
        {
            return null;
        }

        var (taken, refunded) = (reader.GetInt64(0), reader.GetInt64(1));
        await reader.NextResultAsync(cancel);
        return await reader.ReadAsync(cancel) ? new TakenCapture(reader.GetInt64(0), reader.GetBoolean(1), reader.GetBoolean(2), taken, refunded) : null;
    }

    /// <summary>False when the reference is known.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlConnection connection, CaptureVoid undone, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = undone.Acquirer },
                new() { Value = undone.Reference },
                new() { Value = undone.CaptureId },
                new() { Value = (object?)undone.ExternalId ?? DBNull.Value },
                new() { Value = (object?)undone.Refusal?.ToString() ?? DBNull.Value },
                new() { Value = undone.CreatedAt },
            },
        };
        return await command.ExecuteScalarAsync(cancel) is 1L;
    }

    public static async Task<CaptureVoid?> FindAsync(NpgsqlConnection connection, string acquirer, string reference, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = acquirer }, new() { Value = reference } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    private static CaptureVoid Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.IsDBNull(3) ? null : reader.GetString(3),
        reader.IsDBNull(4) ? null : Enum.Parse<CaptureVoidRefusal>(reader.GetString(4)),
        reader.GetFieldValue<DateTimeOffset>(5));
}
