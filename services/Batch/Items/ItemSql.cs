using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Batch.Items;

internal static class ItemSql
{
    private const string Insert = """
        INSERT INTO items (id, slot, payment_id, operation_id, merchant_id, mode, acquirer, currency, amount, fee, external_id, occurred_at, settlement_date, cutoff_at, kind)
        SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::smallint[], $7::text[], $8::text[], $9::bigint[], $10::bigint[],
                             $11::text[], $12::timestamptz[], $13::date[], $14::timestamptz[], $15::text[])
        ON CONFLICT DO NOTHING
        """;

    private const string Select = """
        SELECT id, batch_id, payment_id, operation_id, merchant_id, acquirer, external_id, currency, amount, fee, state, amount_settled, occurred_at, kind
        FROM items
        WHERE ($1::uuid IS NULL OR batch_id = $1) AND ($2::uuid IS NULL OR payment_id = $2) AND ($3::uuid IS NULL OR id > $3)
        ORDER BY id LIMIT $4
        """;

    /// <summary>Writes the items that are new, in the order of their ids, so that two writers never wait for each other.</summary>
    public static async Task InsertAsync(ShardTransaction transaction, IEnumerable<Item> unordered, CancellationToken cancel)
    {
        var items = unordered.OrderBy(item => item.Id).ToList();
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                Array(items, item => item.Id.Value),
                Array(items, item => item.Id.Slot.Number),
                Array(items, item => item.PaymentId.Value),
                Array(items, item => item.OperationId.Value),
                Array(items, item => item.MerchantId.Value),
                Array(items, item => (short)item.Mode),
                Array(items, item => item.Acquirer),
                Array(items, item => item.Amount.Currency.Code),
                Array(items, item => item.Amount.MinorUnits),
                Array(items, item => item.Fee.MinorUnits),
                Array(items, item => item.ExternalId),
                Array(items, item => item.OccurredAt.ToUniversalTime()),
                Array(items, item => item.Day.Date),
                Array(items, item => item.Day.CutoffAt),
                Array(items, item => item.Kind),
            },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>Items as they stand, oldest first; what is null doesn't matter.</summary>
    public static async IAsyncEnumerable<ItemRow> ReadAsync(NpgsqlDataSource source, ItemFilter filter, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Select);
        command.Parameters.Add(Optional(filter.Batch));
        command.Parameters.Add(Optional(filter.Payment));
        command.Parameters.Add(Optional(filter.After));
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = filter.Limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            yield return new ItemRow(
                Id.From(IdPrefix.Item, reader.GetGuid(0)), reader.GetString(13), reader.IsDBNull(1) ? null : Id.From(IdPrefix.Batch, reader.GetGuid(1)),
                Id.From(IdPrefix.Payment, reader.GetGuid(2)), Id.From(IdPrefix.Operation, reader.GetGuid(3)), Id.From(IdPrefix.Merchant, reader.GetGuid(4)),
                reader.GetString(5), reader.GetString(6), Currency.Parse(reader.GetString(7)), reader.GetInt64(8), reader.GetInt64(9),
                reader.GetString(10), reader.GetInt64(11), reader.GetFieldValue<DateTimeOffset>(12));
        }
    }

    private static NpgsqlParameter<TValue[]> Array<TValue>(List<Item> items, Func<Item, TValue> value) => new() { TypedValue = [.. items.Select(value)] };

    private static NpgsqlParameter Optional(Id? id) => new() { Value = id is { } known ? known.Value : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
}

/// <summary>Which items are asked for; what is null doesn't matter.</summary>
internal sealed record ItemFilter(Id? Batch = null, Id? Payment = null, Id? After = null, int Limit = int.MaxValue);

/// <summary>An item as it stands. Amounts are minor units, below zero for a refund.</summary>
internal sealed record ItemRow(
    Id Id, string Kind, Id? BatchId, Id PaymentId, Id OperationId, Id MerchantId, string Acquirer, string ExternalId, Currency Currency, long Amount, long Fee,
    string State, long AmountSettled, DateTimeOffset OccurredAt);
