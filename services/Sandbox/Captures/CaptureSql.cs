using Npgsql;
using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Captures;

/// <summary>Statements on the table <c>captures</c>, and what captures change of <c>authorizations</c>.</summary>
public static class CaptureSql
{
    private const string Columns = "c.acquirer, c.reference, c.authorization_id, c.amount, c.final, c.external_id, c.refusal, c.created_at";

    private const string LockAuthorizations =
        $"SELECT {AuthorizationSql.Columns} FROM authorizations a WHERE a.external_id = ANY ($1) ORDER BY a.external_id FOR UPDATE";

    private const string ReadKnown =
        $"""
        SELECT {Columns} FROM captures c
        JOIN unnest($1::text[], $2::text[]) AS asked (acquirer, reference) ON c.acquirer = asked.acquirer AND c.reference = asked.reference
        """;

    private const string Insert =
        """
        INSERT INTO captures (acquirer, reference, authorization_id, amount, final, external_id, refusal, created_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::boolean[], $6::text[], $7::text[], $8::timestamptz[])
            AS asked (acquirer, reference, authorization_id, amount, final, external_id, refusal, created_at)
        ORDER BY asked.acquirer, asked.reference
        """;

    private const string UpdateAuthorizations =
        """
        UPDATE authorizations a SET captured = a.captured + taken.amount, closed = a.closed OR taken.final
        FROM (SELECT external_id, sum(amount) AS amount, bool_or(final) AS final
              FROM unnest($1::text[], $2::bigint[], $3::boolean[]) AS each (external_id, amount, final) GROUP BY external_id) AS taken
        WHERE a.external_id = taken.external_id
        """;

    private const string Find = $"SELECT {Columns} FROM captures c WHERE c.acquirer = $1 AND c.reference = $2";

    /// <summary>Locks, in sorted order, the authorizations that captures name, and reads which of their references are known.</summary>
    public static async Task<(Dictionary<(string, string), Authorization> Authorizations, Dictionary<(string, string), Capture> Captures)> LockAsync(
        NpgsqlConnection connection, IReadOnlyList<Capture> asked, CancellationToken cancel)
    {
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(LockAuthorizations)
        {
            Parameters = { new() { Value = asked.Select(capture => capture.AuthorizationId).Distinct().ToArray() } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ReadKnown)
        {
            Parameters =
            {
                new() { Value = asked.Select(capture => capture.Acquirer).ToArray() },
                new() { Value = asked.Select(capture => capture.Reference).ToArray() },
            },
        });
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var authorizations = new Dictionary<(string, string), Authorization>();
        while (await reader.ReadAsync(cancel))
        {
            var authorization = AuthorizationSql.Read(reader);
            authorizations.Add((authorization.Acquirer, authorization.ExternalId), authorization);
        }

        await reader.NextResultAsync(cancel);
        var captures = new Dictionary<(string, string), Capture>();
        while (await reader.ReadAsync(cancel))
        {
            var capture = Read(reader);
            captures[(capture.Acquirer, capture.Reference)] = capture;
        }

        return (authorizations, captures);
    }

    /// <summary>Writes new captures and what the taken ones leave of their authorizations. A reference that appeared meanwhile fails the whole transaction.</summary>
    public static async Task WriteAsync(NpgsqlConnection connection, IReadOnlyList<Capture> captures, CancellationToken cancel)
    {
        var taken = captures.Where(capture => capture.Refusal is null).ToList();
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                new() { Value = captures.Select(capture => capture.Acquirer).ToArray() },
                new() { Value = captures.Select(capture => capture.Reference).ToArray() },
                new() { Value = captures.Select(capture => capture.AuthorizationId).ToArray() },
                new() { Value = captures.Select(capture => capture.Amount).ToArray() },
                new() { Value = captures.Select(capture => capture.Final).ToArray() },
                new() { Value = captures.Select(capture => capture.ExternalId).ToArray() },
                new() { Value = captures.Select(capture => capture.Refusal?.ToString()).ToArray() },
                new() { Value = captures.Select(capture => capture.CreatedAt).ToArray() },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(UpdateAuthorizations)
        {
            Parameters =
            {
                new() { Value = taken.Select(capture => capture.AuthorizationId).ToArray() },
                new() { Value = taken.Select(capture => capture.Amount).ToArray() },
                new() { Value = taken.Select(capture => capture.Final).ToArray() },
            },
        });
        await batch.ExecuteNonQueryAsync(cancel);
    }

    public static async Task<Capture?> FindAsync(NpgsqlDataSource source, string acquirer, string reference, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Find);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = reference });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    private static Capture Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetInt64(3),
        reader.GetBoolean(4),
        reader.IsDBNull(5) ? null : reader.GetString(5),
        reader.IsDBNull(6) ? null : Enum.Parse<CaptureRefusal>(reader.GetString(6)),
        reader.GetFieldValue<DateTimeOffset>(7));
}
