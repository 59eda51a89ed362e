using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>Statements on the tables <c>merchants</c> and <c>api_keys</c>.</summary>
internal static class MerchantSql
{
    private const string InsertMerchant =
        """
        INSERT INTO merchants (id, slot, name, time_zone, capture_automatically, hold_days, rate_limit, acquirers, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string InsertKey =
        """
        INSERT INTO api_keys (id, merchant_id, mode, hash, prefix, last4, scopes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """;

    private const string FindMerchant =
        "SELECT id, name, time_zone, capture_automatically, hold_days, rate_limit, acquirers, created_at FROM merchants WHERE id = $1";

    private const string FindKey =
        """
        SELECT k.merchant_id, k.id, k.mode, k.scopes, m.rate_limit FROM api_keys k JOIN merchants m ON m.id = k.merchant_id
        WHERE k.hash = $1 AND k.revoked_at IS NULL
        """;

    private const string CountBySlot = "SELECT slot, count(*) FROM merchants GROUP BY slot";

    public static async Task InsertAsync(ShardTransaction transaction, Merchant merchant, ApiKey key, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertMerchant)
        {
            Parameters =
            {
                new() { Value = merchant.Id.Value },
                new() { Value = merchant.Id.Slot.Number },
                new() { Value = merchant.Name },
                new() { Value = merchant.TimeZone },
                new() { Value = merchant.CaptureAutomatically },
                new() { Value = (short)merchant.HoldDays },
                new() { Value = merchant.RateLimit },
                new() { Value = merchant.Acquirers.ToArray() },
                new() { Value = merchant.CreatedAt },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertKey)
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
            },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    public static async Task<Merchant?> FindAsync(NpgsqlDataSource source, Id merchant, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindMerchant);
        command.Parameters.Add(new() { Value = merchant.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new Merchant(
                Id.From(IdPrefix.Merchant, reader.GetGuid(0)),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetBoolean(3),
                reader.GetInt16(4),
                reader.GetInt32(5),
                reader.GetFieldValue<string[]>(6),
                reader.GetFieldValue<DateTimeOffset>(7))
            : null;
    }

    public static async Task<KeyIdentity?> FindKeyAsync(NpgsqlDataSource source, byte[] hash, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindKey);
        command.Parameters.Add(new() { Value = hash });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new KeyIdentity(
                Id.From(IdPrefix.Merchant, reader.GetGuid(0)),
                Id.From(IdPrefix.ApiKey, reader.GetGuid(1)),
                (Mode)reader.GetInt16(2),
                reader.GetFieldValue<string[]>(3),
                reader.GetInt32(4))
            : null;
    }

    /// <summary>How many merchants each slot has; slots without any are left out.</summary>
    public static async Task<Dictionary<short, long>> CountBySlotAsync(NpgsqlDataSource source, CancellationToken ct)
    {
        await using var command = source.CreateCommand(CountBySlot);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var counts = new Dictionary<short, long>();
        while (await reader.ReadAsync(ct))
        {
            counts[reader.GetInt16(0)] = reader.GetInt64(1);
        }

        return counts;
    }
}
