using Npgsql;

namespace PayFlow.Auth.Execution;

/// <summary>Whose turn it is to sweep.</summary>
internal static class SweepSql
{
    // "payflow.auth.sweep" in hexadecimal of ASCII would be too long for a key of 64 bits: these are the first eight letters of "sweep/auth".
    private const long LockKey = 0x73776565702F6175;

    /// <summary>Takes the turn until what is returned is disposed of; null when another process has it.</summary>
    public static async Task<IAsyncDisposable?> TryBeginAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            // Of the transaction, not of the session: it ends with it, also when the connection goes back to a pool.
            var transaction = await connection.BeginTransactionAsync(ct);
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection, transaction) { Parameters = { new() { Value = LockKey } } };
            if (await command.ExecuteScalarAsync(ct) is true)
            {
                return connection;
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }
}
