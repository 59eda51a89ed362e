using Npgsql;

namespace PayFlow.Ledger.Chain;

/// <summary>Reads the chain: its end and its blocks.</summary>
internal static class ChainSql
{
    private const string Columns = "number, previous_hash, root, transfers, created_at, hash";

    /// <summary>Where the chain ends, as the table that batches lock says.</summary>
    public static async Task<ChainEnd> EndAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT number, hash FROM chain_head", connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new ChainEnd(reader.GetInt64(0), reader.GetFieldValue<byte[]>(1)) : throw new InvalidOperationException("The row of chain_head is gone.");
    }

    /// <summary>The next blocks of the chain, in order.</summary>
    /// <param name="after">The number of the last one that is known.</param>
    /// <param name="upTo">The number of the last one that is wanted.</param>
    public static async Task<List<Block>> BlocksAsync(NpgsqlConnection connection, long after, long upTo, int limit, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM blocks WHERE number > $1 AND number <= $2 ORDER BY number LIMIT $3", connection)
        {
            Parameters = { new() { Value = after }, new() { Value = upTo }, new() { Value = limit } },
        };
        var blocks = new List<Block>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            blocks.Add(new Block(
                reader.GetInt64(0), reader.GetFieldValue<byte[]>(1), reader.GetFieldValue<byte[]>(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<byte[]>(5)));
        }

        return blocks;
    }

    /// <summary>One block; null when there is none of this number.</summary>
    public static async Task<Block?> FindAsync(NpgsqlConnection connection, long number, CancellationToken ct) =>
        (await BlocksAsync(connection, number - 1, number, limit: 1, ct)).SingleOrDefault();
}
