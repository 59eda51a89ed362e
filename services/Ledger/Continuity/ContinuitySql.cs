using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Ledger.Continuity;

/// <summary>The ledger's side of the comparison, and the table <c>continuity</c>: how far each shard agrees, kept in shard 0.</summary>
internal static class ContinuitySql
{
    /// <summary>What a shard posted of payments with effect from a time on and before another; by payment when merchants are named.</summary>
    public static async Task<List<Movement>> SumAsync(Shard shard, DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<Id> merchants, int seconds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            """
            SELECT t.merchant_id, CASE WHEN $3::uuid[] IS NULL THEN NULL ELSE t.payment_id END AS payment, l.mode, l.currency, t.type, sum(t.amount)::bigint, min(t.effective_at)
              FROM transfers t JOIN ledgers l ON l.number = (t.debit_account_id & 4095)
             WHERE t.effective_at >= $1 AND t.effective_at < $2 AND t.kind IN (1, 3) AND t.type IN ('capture', 'void_capture', 'refund')
               AND t.payment_id IS NOT NULL AND t.merchant_id IS NOT NULL AND ($3::uuid[] IS NULL OR t.merchant_id = ANY ($3))
             GROUP BY 1, 2, 3, 4, 5
            """);
        command.CommandTimeout = seconds;
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = merchants.Count == 0 ? DBNull.Value : merchants.Select(merchant => merchant.Value).ToArray() });
        var movements = new List<Movement>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var what = new Moved(
                Id.From(IdPrefix.Merchant, reader.GetGuid(0)), (Mode)reader.GetInt16(2), Currency.Parse(reader.GetString(3)), reader.GetString(4),
                reader.IsDBNull(1) ? null : Id.From(IdPrefix.Payment, reader.GetGuid(1)));
            movements.Add(new Movement(what, reader.GetInt64(5), reader.GetFieldValue<DateTimeOffset>(6)));
        }

        return movements;
    }

    /// <summary>The id of a shard's first transfer; null when it has none.</summary>
    public static async Task<Id?> FirstAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT id FROM transfers ORDER BY id LIMIT 1");
        return await command.ExecuteScalarAsync(ct) is Guid first ? Id.From(IdPrefix.Transfer, first) : null;
    }

    public static async Task<List<ShardAgreement>> ReadAsync(Shard home, CancellationToken ct)
    {
        await using var command = home.Source.CreateCommand(
            """
            SELECT shard, agreed_until, checked_at, merchant_id, payment_id, mode, currency, kind, payments_amount, ledger_amount, differs_at, differs_since
              FROM continuity ORDER BY shard
            """);
        var agreements = new List<ShardAgreement>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var agreement = new ShardAgreement(reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2));
            agreements.Add(reader.IsDBNull(3) ? agreement : agreement with { Difference = ReadDifference(reader), DiffersSince = reader.GetFieldValue<DateTimeOffset>(11) });
        }

        return agreements;
    }

    public static async Task WriteAsync(Shard home, ShardAgreement agreement, CancellationToken ct)
    {
        var different = agreement.Difference;
        await using var command = home.Source.CreateCommand(
            """
            INSERT INTO continuity (shard, agreed_until, checked_at, merchant_id, payment_id, mode, currency, kind, payments_amount, ledger_amount, differs_at, differs_since)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
            ON CONFLICT (shard) DO UPDATE SET
                agreed_until = excluded.agreed_until, checked_at = excluded.checked_at, merchant_id = excluded.merchant_id, payment_id = excluded.payment_id, mode = excluded.mode,
                currency = excluded.currency, kind = excluded.kind, payments_amount = excluded.payments_amount, ledger_amount = excluded.ledger_amount,
                differs_at = excluded.differs_at, differs_since = excluded.differs_since
            """);
        command.Parameters.Add(new() { Value = agreement.Shard });
        command.Parameters.Add(new() { Value = agreement.AgreedUntil });
        command.Parameters.Add(new() { Value = agreement.CheckedAt });
        command.Parameters.Add(Nullable(different?.What.Merchant.Value, NpgsqlDbType.Uuid));
        command.Parameters.Add(Nullable(different?.What.Payment?.Value, NpgsqlDbType.Uuid));
        command.Parameters.Add(Nullable((short?)different?.What.Mode, NpgsqlDbType.Smallint));
        command.Parameters.Add(Nullable(different?.What.Currency.Code, NpgsqlDbType.Text));
        command.Parameters.Add(Nullable(different?.What.Kind, NpgsqlDbType.Text));
        command.Parameters.Add(Nullable(different?.Payments, NpgsqlDbType.Bigint));
        command.Parameters.Add(Nullable(different?.Ledger, NpgsqlDbType.Bigint));
        command.Parameters.Add(Nullable(different?.At, NpgsqlDbType.TimestampTz));
        command.Parameters.Add(Nullable(agreement.DiffersSince, NpgsqlDbType.TimestampTz));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static Difference ReadDifference(NpgsqlDataReader reader) => new(
        new Moved(
            Id.From(IdPrefix.Merchant, reader.GetGuid(3)), (Mode)reader.GetInt16(5), Currency.Parse(reader.GetString(6)), reader.GetString(7), Id.From(IdPrefix.Payment, reader.GetGuid(4))),
        reader.GetInt64(8), reader.GetInt64(9), reader.GetFieldValue<DateTimeOffset>(10));

    private static NpgsqlParameter Nullable(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
