using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>A data key as the database has it, and of what it is.</summary>
internal readonly record struct SealedDataKey(Id Owner, byte[] DataKey);

/// <summary>Statements on what the vault's keys have sealed: every table with the columns <c>id, kek_id, data_key</c> and an index on the first two.</summary>
internal static class RotationSql
{
    /// <summary>The tables and the prefixes of their ids, which the sealed values are bound to.</summary>
    public static readonly IReadOnlyList<(string Table, string Prefix)> Tables = [("tokens", IdPrefix.Token), ("webhook_endpoints", IdPrefix.WebhookEndpoint)];

    // Jumps from key to key along the index instead of reading every row.
    private const string KeysInUse =
        """
        WITH RECURSIVE keys AS (
            (SELECT kek_id FROM {0} ORDER BY kek_id LIMIT 1)
            UNION ALL SELECT (SELECT t.kek_id FROM {0} t WHERE t.kek_id > k.kek_id ORDER BY t.kek_id LIMIT 1) FROM keys k WHERE k.kek_id IS NOT NULL)
        SELECT kek_id FROM keys WHERE kek_id IS NOT NULL
        """;

    private const string Count = "SELECT count(*) FROM {0} WHERE kek_id = $1";

    private const string Next = "SELECT id, data_key FROM {0} WHERE kek_id = $1 AND id > $2 ORDER BY id LIMIT $3 FOR UPDATE";

    private const string Rewrap =
        "UPDATE {0} t SET kek_id = $1, data_key = n.data_key FROM unnest($2::uuid[], $3::bytea[]) AS n (id, data_key) WHERE t.id = n.id AND t.kek_id = $4";

    /// <summary>Which keys a table still needs.</summary>
    public static async Task<IReadOnlyList<string>> KeysInUseAsync(NpgsqlDataSource source, string table, CancellationToken ct)
    {
        await using var command = source.CreateCommand(For(KeysInUse, table));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var keys = new List<string>();
        while (await reader.ReadAsync(ct))
        {
            keys.Add(reader.GetString(0));
        }

        return keys;
    }

    public static async Task<long> CountAsync(NpgsqlDataSource source, string table, string key, CancellationToken ct)
    {
        await using var command = source.CreateCommand(For(Count, table));
        command.Parameters.Add(new() { Value = key });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>The next data keys that a key has sealed, locked until the transaction ends.</summary>
    public static async Task<IReadOnlyList<SealedDataKey>> NextAsync(
        ShardTransaction transaction, (string Table, string Prefix) from, string key, Guid after, int max, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(For(Next, from.Table), transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = key }, new() { Value = after }, new() { Value = max } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new List<SealedDataKey>();
        while (await reader.ReadAsync(ct))
        {
            rows.Add(new SealedDataKey(Id.From(from.Prefix, reader.GetGuid(0)), reader.GetFieldValue<byte[]>(1)));
        }

        return rows;
    }

    public static async Task RewrapAsync(ShardTransaction transaction, string table, string was, string now, IReadOnlyList<SealedDataKey> rows, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(For(Rewrap, table), transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = now },
                new() { Value = rows.Select(row => row.Owner.Value).ToArray() },
                new() { Value = rows.Select(row => row.DataKey).ToArray() },
                new() { Value = was },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    // One of Tables, never what anybody sent.
    private static string For(string sql, string table) => sql.Replace("{0}", table, StringComparison.Ordinal);
}
