using Npgsql;

namespace PayFlow.Sandbox.Authentications;

/// <summary>Statements on the table <c>authentications</c>.</summary>
internal static class AuthenticationSql
{
    private const string Columns = "a.reference, a.id, a.amount, a.currency, a.card, a.return_url, a.state, a.value, a.created_at";

    private const string Insert =
        """
        INSERT INTO authentications (reference, id, amount, currency, card, return_url, state, value, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT ON CONSTRAINT authentications_pkey DO NOTHING
        """;

    private const string FindByReference = $"SELECT {Columns} FROM authentications a WHERE a.reference = $1";
    private const string FindById = $"SELECT {Columns} FROM authentications a WHERE a.id = $1";

    // Decided once: the payer who presses both buttons has pressed the first.
    private const string Decide = "UPDATE authentications SET state = $2, value = $3 WHERE id = $1 AND state = 'Challenged'";

    /// <summary>Writes it unless its reference is known, and gives what is there then.</summary>
    public static async Task<Authentication> WriteAsync(NpgsqlDataSource source, Authentication asked, CancellationToken cancel)
    {
        await using var insert = source.CreateCommand(Insert);
        insert.Parameters.Add(new() { Value = asked.Reference });
        insert.Parameters.Add(new() { Value = asked.Id });
        insert.Parameters.Add(new() { Value = asked.Amount });
        insert.Parameters.Add(new() { Value = asked.Currency });
        insert.Parameters.Add(new() { Value = asked.Card });
        insert.Parameters.Add(new() { Value = asked.ReturnUrl });
        insert.Parameters.Add(new() { Value = asked.State.ToString() });
        insert.Parameters.Add(new() { Value = (object?)asked.Value ?? DBNull.Value });
        insert.Parameters.Add(new() { Value = asked.CreatedAt });
        await insert.ExecuteNonQueryAsync(cancel);
        return await FindByReferenceAsync(source, asked.Reference, cancel)
            ?? throw new InvalidOperationException($"Reference {asked.Reference} is neither there nor could be written.");
    }

    public static Task<Authentication?> FindByReferenceAsync(NpgsqlDataSource source, string reference, CancellationToken cancel) =>
        FindAsync(source, FindByReference, reference, cancel);

    public static Task<Authentication?> FindByIdAsync(NpgsqlDataSource source, string id, CancellationToken cancel) => FindAsync(source, FindById, id, cancel);

    public static async Task DecideAsync(NpgsqlDataSource source, string id, AuthenticationState state, string? value, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Decide);
        command.Parameters.Add(new() { Value = id });
        command.Parameters.Add(new() { Value = state.ToString() });
        command.Parameters.Add(new() { Value = (object?)value ?? DBNull.Value });
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<Authentication?> FindAsync(NpgsqlDataSource source, string sql, string key, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(sql);
        command.Parameters.Add(new() { Value = key });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel)
            ? new Authentication(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetInt64(2),
                reader.GetString(3),
                reader.GetString(4),
                reader.GetString(5),
                Enum.Parse<AuthenticationState>(reader.GetString(6)),
                reader.IsDBNull(7) ? null : reader.GetString(7),
                reader.GetFieldValue<DateTimeOffset>(8))
            : null;
    }
}
