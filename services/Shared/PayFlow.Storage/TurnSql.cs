using Npgsql;

namespace PayFlow.Storage;

/// <summary>
/// Turns at work that one process does at a time, by advisory lock. A turn belongs to a transaction, not to a session: it ends with it, also when the connection goes back
/// to a pool or its process dies.
/// </summary>
public static class TurnSql
{
    /// <summary>Takes a turn until what is returned is disposed of; null when another process has it.</summary>
    /// <param name="key">Names the work in its database.</param>
    public static async Task<IAsyncDisposable?> TryTakeAsync(NpgsqlDataSource source, long key, CancellationToken ct)
    {
        var connection = await source.OpenConnectionAsync(ct);
        try
        {
            if (await TryTakeAsync(connection, await connection.BeginTransactionAsync(ct), key, ct))
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

    /// <summary>Takes a turn until a transaction ends; false when another one has it.</summary>
    public static Task<bool> TryTakeAsync(ShardTransaction transaction, long key, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return TryTakeAsync(transaction.Connection, transaction.Transaction, key, ct);
    }

    private static async Task<bool> TryTakeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, long key, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection, transaction) { Parameters = { new() { Value = key } } };
        return await command.ExecuteScalarAsync(ct) is true;
    }
}
