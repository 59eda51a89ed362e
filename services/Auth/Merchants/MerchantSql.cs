using Npgsql;
using NpgsqlTypes;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>Statements on the table <c>merchants</c>.</summary>
internal static class MerchantSql
{
    private const string Columns =
        "m.id, m.name, m.time_zone, m.country, m.home_region, m.cutoff, m.capture_automatically, m.hold_days, m.rate_limit, m.acquirers, m.version, m.created_at, m.changed_at";

    private const string Insert =
        """
        INSERT INTO merchants (id, name, time_zone, country, home_region, cutoff, capture_automatically, hold_days, rate_limit, acquirers, version, created_at, changed_at, slot)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        """;

    private const string Change =
        """
        UPDATE merchants SET name = $2, time_zone = $3, country = $4, home_region = $5, cutoff = $6, capture_automatically = $7, hold_days = $8, rate_limit = $9,
            acquirers = $10, version = $11, changed_at = $12
        WHERE id = $1 AND version = $11 - 1
        """;

    private const string Find = $"SELECT {Columns} FROM merchants m WHERE m.id = $1";

    private const string List = $"SELECT {Columns} FROM merchants m WHERE $1::uuid IS NULL OR m.id < $1 ORDER BY m.id DESC LIMIT $2";

    private const string CountBySlot = "SELECT slot, count(*) FROM merchants GROUP BY slot";

    public static async Task InsertAsync(ShardTransaction transaction, Merchant merchant, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction.Transaction);
        AddSettings(command.Parameters, merchant);
        command.Parameters.Add(new() { Value = merchant.CreatedAt });
        command.Parameters.Add(new() { Value = merchant.ChangedAt });
        command.Parameters.Add(new() { Value = merchant.Id.Slot.Number });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Writes the settings of a merchant that the transaction has locked.</summary>
    public static async Task ChangeAsync(ShardTransaction transaction, Merchant after, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Change, transaction.Connection, transaction.Transaction);
        AddSettings(command.Parameters, after);
        command.Parameters.Add(new() { Value = after.ChangedAt });
        if (await command.ExecuteNonQueryAsync(ct) != 1)
        {
            throw new InvalidOperationException($"{after.Id} was locked at version {after.Version - 1} and isn't there.");
        }
    }

    public static async Task<Merchant?> FindAsync(NpgsqlDataSource source, Id merchant, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Find);
        command.Parameters.Add(new() { Value = merchant.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    public static async Task<Merchant?> FindForChangeAsync(ShardTransaction transaction, Id merchant, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"{Find} FOR NO KEY UPDATE", transaction.Connection, transaction.Transaction) { Parameters = { new() { Value = merchant.Value } } };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Newest first.</summary>
    public static async Task<IReadOnlyList<Merchant>> ListAsync(NpgsqlDataSource source, Id? after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(List);
        command.Parameters.Add(new() { Value = (object?)after?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = limit });
        var merchants = new List<Merchant>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            merchants.Add(Read(reader));
        }

        return merchants;
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

    // $1 to $11.
    private static void AddSettings(NpgsqlParameterCollection values, Merchant merchant)
    {
        var settings = merchant.Settings;
        values.Add(new() { Value = merchant.Id.Value });
        values.Add(new() { Value = settings.Name });
        values.Add(new() { Value = settings.TimeZone });
        values.Add(new() { Value = (object?)settings.Country ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        values.Add(new() { Value = settings.HomeRegion });
        values.Add(new() { Value = settings.Cutoff });
        values.Add(new() { Value = settings.CaptureMode == CaptureMode.Automatic });
        values.Add(new() { Value = (short)settings.HoldDays });
        values.Add(new() { Value = settings.RateLimit });
        values.Add(new() { Value = settings.Acquirers.ToArray() });
        values.Add(new() { Value = merchant.Version });
    }

    private static Merchant Read(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.Merchant, reader.GetGuid(0)),
        new MerchantSettings(
            reader.GetString(1),
            reader.GetString(2),
            reader.IsDBNull(3) ? null : reader.GetString(3),
            reader.GetString(4),
            reader.GetFieldValue<TimeOnly>(5),
            reader.GetBoolean(6) ? CaptureMode.Automatic : CaptureMode.Manual,
            reader.GetInt16(7),
            reader.GetInt32(8),
            reader.GetFieldValue<string[]>(9)),
        reader.GetInt64(10),
        reader.GetFieldValue<DateTimeOffset>(11),
        reader.GetFieldValue<DateTimeOffset>(12));
}
