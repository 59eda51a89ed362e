using Npgsql;
using NpgsqlTypes;
using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>Statements on the table <c>api_keys</c>.</summary>
internal static class ApiKeySql
{
    private const string Columns =
        "k.id, k.merchant_id, k.mode, k.hash, k.prefix, k.last4, k.scopes, k.created_at, k.name, k.expires_at, k.revoked_at, k.replaced_by, k.last_used_at";

    private const string Insert =
        """
        INSERT INTO api_keys (id, merchant_id, mode, hash, prefix, last4, scopes, created_at, name, expires_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8)
        """;

    private const string FindIdentity =
        """
        SELECT k.merchant_id, k.id, k.mode, k.scopes, m.rate_limit, k.expires_at FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
        WHERE k.hash = $1 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $2)
        """;

    // The merchant's row is locked too: how many keys there are is counted by one at a time.
    private const string LockMerchant = "SELECT id FROM merchants WHERE id = $1 FOR NO KEY UPDATE";

    private const string CountActive =
        "SELECT count(*) FROM api_keys k WHERE k.merchant_id = $1 AND k.mode = $2 AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $3)";

    private const string FindForChange = $"SELECT {Columns} FROM api_keys k WHERE k.id = $1 AND k.merchant_id = $2 AND ($3::smallint IS NULL OR k.mode = $3) FOR UPDATE";

    private const string List =
        $"""
        SELECT {Columns} FROM api_keys k WHERE k.merchant_id = $1 AND ($2::smallint IS NULL OR k.mode = $2) AND ($3::uuid IS NULL OR k.id < $3)
        ORDER BY k.id DESC LIMIT $4
        """;

    private const string Change = "UPDATE api_keys SET expires_at = $2, revoked_at = $3, replaced_by = $4, changed_at = $5 WHERE id = $1";

    private const string NoteUses =
        """
        UPDATE api_keys k SET last_used_at = n.at FROM unnest($1::uuid[], $2::timestamptz[]) AS n (id, at)
        WHERE k.id = n.id AND (k.last_used_at IS NULL OR k.last_used_at <= n.at - interval '1 minute')
        """;

    private const string Changed =
        """
        SELECT k.hash FROM api_keys k WHERE k.changed_at >= $1
        UNION SELECT k.hash FROM merchants m JOIN api_keys k ON k.merchant_id = m.id WHERE m.changed_at >= $1
        LIMIT $2
        """;

    public static NpgsqlBatchCommand Add(ApiKey key) => new(Insert)
    {
        Parameters =
        {
            new() { Value = key.Id.Value },
            new() { Value = key.MerchantId.Value },
            new() { Value = (short)key.Mode },
            new() { Value = key.Hash },
            new() { Value = key.Prefix },
            new() { Value = key.Last4 },
            new() { Value = key.Scopes.ToArray() },
            new() { Value = key.CreatedAt },
            new() { Value = (object?)key.Name ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = (object?)key.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
        },
    };

    public static Task InsertAsync(ShardTransaction transaction, ApiKey key, CancellationToken ct) => ExecuteAsync(transaction, Add(key), ct);

    public static async Task<KeyIdentity?> FindIdentityAsync(NpgsqlDataSource source, byte[] hash, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindIdentity);
        command.Parameters.Add(new() { Value = hash });
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new KeyIdentity(
                Id.From(IdPrefix.Merchant, reader.GetGuid(0)),
                Id.From(IdPrefix.ApiKey, reader.GetGuid(1)),
                (Mode)reader.GetInt16(2),
                reader.GetFieldValue<string[]>(3),
                reader.GetInt32(4),
                TimeAt(reader, 5))
            : null;
    }

    /// <summary>How many keys of a merchant are active in a mode; until the transaction ends nobody else makes one.</summary>
    public static async Task<long> CountForChangeAsync(ShardTransaction transaction, Id merchant, Mode mode, DateTimeOffset now, CancellationToken ct)
    {
        await ExecuteAsync(transaction, new NpgsqlBatchCommand(LockMerchant) { Parameters = { new() { Value = merchant.Value } } }, ct);
        await using var command = new NpgsqlCommand(CountActive, transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = merchant.Value }, new() { Value = (short)mode }, new() { Value = now } },
        };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A merchant's key, locked until the transaction ends; null when it isn't there, or not in this mode.</summary>
    public static async Task<ApiKey?> FindForChangeAsync(ShardTransaction transaction, Id key, Id merchant, Mode? mode, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(FindForChange, transaction.Connection, transaction.Transaction);
        command.Parameters.Add(new() { Value = key.Value });
        command.Parameters.Add(new() { Value = merchant.Value });
        command.Parameters.Add(ModeOrNull(mode));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<ApiKey>> ListAsync(NpgsqlDataSource source, Id merchant, Mode? mode, Id? after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(List);
        command.Parameters.Add(new() { Value = merchant.Value });
        command.Parameters.Add(ModeOrNull(mode));
        command.Parameters.Add(new() { Value = (object?)after?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = limit });
        var keys = new List<ApiKey>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            keys.Add(Read(reader));
        }

        return keys;
    }

    /// <summary>Writes the end of a key that the transaction has locked.</summary>
    public static Task ChangeAsync(ShardTransaction transaction, ApiKey key, DateTimeOffset now, CancellationToken ct) => ExecuteAsync(
        transaction,
        new NpgsqlBatchCommand(Change)
        {
            Parameters =
            {
                new() { Value = key.Id.Value },
                new() { Value = (object?)key.ExpiresAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)key.RevokedAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)key.ReplacedBy?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = now },
            },
        },
        ct);

    /// <summary>Notes when keys were used; a key that was noted less than a minute before is left alone.</summary>
    public static async Task<int> NoteUsesAsync(NpgsqlDataSource source, IReadOnlyCollection<KeyUse> uses, CancellationToken ct)
    {
        // Sorted, so that two gateways that tell of the same keys don't lock them crosswise.
        var sorted = uses.OrderBy(use => use.Key).ToList();
        await using var command = source.CreateCommand(NoteUses);
        command.Parameters.Add(new() { Value = sorted.Select(use => use.Key.Value).ToArray() });
        command.Parameters.Add(new() { Value = sorted.Select(use => use.At).ToArray() });
        return await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The hashes of keys about which something changed: the key itself, or its merchant's settings.</summary>
    public static async Task<IReadOnlyList<byte[]>> FindChangedAsync(NpgsqlDataSource source, DateTimeOffset since, int max, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Changed);
        command.Parameters.Add(new() { Value = since });
        command.Parameters.Add(new() { Value = max });
        var hashes = new List<byte[]>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            hashes.Add(reader.GetFieldValue<byte[]>(0));
        }

        return hashes;
    }

    private static async Task ExecuteAsync(ShardTransaction transaction, NpgsqlBatchCommand command, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction) { BatchCommands = { command } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlParameter ModeOrNull(Mode? mode) => new() { Value = mode is { } one ? (short)one : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Smallint };

    private static DateTimeOffset? TimeAt(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static ApiKey Read(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.ApiKey, reader.GetGuid(0)),
        Id.From(IdPrefix.Merchant, reader.GetGuid(1)),
        (Mode)reader.GetInt16(2),
        reader.GetFieldValue<byte[]>(3),
        reader.GetString(4),
        reader.GetString(5),
        reader.GetFieldValue<string[]>(6),
        reader.GetFieldValue<DateTimeOffset>(7))
    {
        Name = reader.IsDBNull(8) ? null : reader.GetString(8),
        ExpiresAt = TimeAt(reader, 9),
        RevokedAt = TimeAt(reader, 10),
        ReplacedBy = reader.IsDBNull(11) ? null : Id.From(IdPrefix.ApiKey, reader.GetGuid(11)),
        LastUsedAt = TimeAt(reader, 12),
    };
}

/// <summary>That a key was used.</summary>
public readonly record struct KeyUse(Id Key, DateTimeOffset At);
