using Npgsql;

namespace PayFlow.Sandbox.Refunds;

/// <summary>Statements on the table <c>refunds</c>, and what refunds change of <c>authorizations</c>.</summary>
public static class RefundSql
{
    private const string Columns = "acquirer, reference, authorization_id, amount, external_id, refusal, created_at";

    // The refund and what it takes of its authorization, or neither.
    private const string Insert =
        $"""
        WITH written AS (
            INSERT INTO refunds ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT ON CONSTRAINT refunds_pkey DO NOTHING
            RETURNING returns, amount),
        returned AS (
            UPDATE authorizations a SET refunded = a.refunded + written.amount FROM written WHERE a.external_id = written.returns)
        SELECT count(*) FROM written
        """;

    private const string Find = $"SELECT {Columns} FROM refunds WHERE acquirer = $1 AND reference = $2";

    /// <summary>False when the reference is known.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlConnection connection, Refund refund, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = refund.Acquirer },
                new() { Value = refund.Reference },
                new() { Value = refund.AuthorizationId },
                new() { Value = refund.Amount },
                new() { Value = (object?)refund.ExternalId ?? DBNull.Value },
                new() { Value = (object?)refund.Refusal?.ToString() ?? DBNull.Value },
                new() { Value = refund.CreatedAt },
            },
        };
        return await command.ExecuteScalarAsync(cancel) is 1L;
    }

    public static async Task<Refund?> FindAsync(NpgsqlConnection connection, string acquirer, string reference, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = acquirer }, new() { Value = reference } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    private static Refund Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetInt64(3),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.IsDBNull(5) ? null : Enum.Parse<RefundRefusal>(reader.GetString(5)),
        reader.GetFieldValue<DateTimeOffset>(6));
}
