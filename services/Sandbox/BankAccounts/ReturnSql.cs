using Npgsql;

namespace PayFlow.Sandbox.BankAccounts;

/// <summary>Statements on the table <c>returns</c>.</summary>
public static class ReturnSql
{
    private const string FindReturning =
        """
        SELECT c.external_id, c.amount, a.currency, a.returns_with FROM captures c JOIN authorizations a ON a.external_id = c.holds
        WHERE c.acquirer = $1 AND c.batch_key = $2 AND a.returns_with IS NOT NULL ORDER BY c.external_id
        """;

    private const string Insert =
        """
        INSERT INTO returns (acquirer, external_id, capture_id, amount, currency, reason, debit_reference, due_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
        """;

    private const string TakeDue =
        """
        UPDATE returns SET told_at = $2 WHERE acquirer = $1 AND told_at IS NULL AND due_at <= $2
        RETURNING acquirer, external_id, capture_id, amount, currency, reason, debit_reference, due_at
        """;

    public static async Task<IReadOnlyList<ReturningDebit>> FindReturningAsync(NpgsqlConnection connection, string acquirer, string batchKey, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(FindReturning, connection) { Parameters = { new() { Value = acquirer }, new() { Value = batchKey } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<ReturningDebit>();
        while (await reader.ReadAsync(cancel))
        {
            found.Add(new ReturningDebit(reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetString(3)));
        }

        return found;
    }

    public static async Task InsertAsync(NpgsqlConnection connection, IReadOnlyList<BankReturn> returns, CancellationToken cancel)
    {
        if (returns.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = returns.Select(returned => returned.Acquirer).ToArray() },
                new() { Value = returns.Select(returned => returned.ExternalId).ToArray() },
                new() { Value = returns.Select(returned => returned.CaptureId).ToArray() },
                new() { Value = returns.Select(returned => returned.Amount).ToArray() },
                new() { Value = returns.Select(returned => returned.Currency).ToArray() },
                new() { Value = returns.Select(returned => returned.Reason).ToArray() },
                new() { Value = returns.Select(returned => returned.DebitReference).ToArray() },
                new() { Value = returns.Select(returned => returned.DueAt).ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Marks what is due as told; whoever asks at the same time gets none of it.</summary>
    public static async Task<IReadOnlyList<BankReturn>> TakeDueAsync(NpgsqlConnection connection, string acquirer, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(TakeDue, connection) { Parameters = { new() { Value = acquirer }, new() { Value = now } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var due = new List<BankReturn>();
        while (await reader.ReadAsync(cancel))
        {
            due.Add(new BankReturn(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetInt64(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.IsDBNull(6) ? null : reader.GetString(6),
                reader.GetFieldValue<DateTimeOffset>(7)));
        }

        return due;
    }
}
