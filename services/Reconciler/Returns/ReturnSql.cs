using Npgsql;
using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;
using PayFlow.Reconciler.Notices;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Returns;

/// <summary>Statements on <c>returns</c>, and on the records that they are of.</summary>
internal static class ReturnSql
{
    private const string Find = "SELECT t.operation_id, t.external_id, t.amount, t.reason, t.debit_reference, t.returned_at FROM returns t WHERE t.item_id = $1";

    private const string OpenExceptions = "SELECT e.id, e.kind FROM exceptions e WHERE e.item_id = $1 AND e.state = 'open' ORDER BY e.id";

    private const string Insert =
        """
        INSERT INTO returns (item_id, operation_id, acquirer, external_id, currency, amount, reason, debit_reference, returned_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    private const string Advance = "UPDATE records SET state = $2, sequence = $3 WHERE item_id = $1";

    private const string Resolve = "UPDATE exceptions SET state = 'resolved', resolution = $2, resolved_at = $3 WHERE id = ANY ($1) AND state = 'open'";

    /// <summary>Locks an item, and with it the order of its events; and reads its return and its open exceptions. Null when it isn't known.</summary>
    public static async Task<(NamedItem Item, BankReturn? Known, IReadOnlyList<(Id Id, string Kind)> Open)?> LockAsync(ShardTransaction transaction, Id item, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(NamedItemSql.Lock(item));
        foreach (var sql in new[] { Find, OpenExceptions })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = item.Value } } });
        }

        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (await NamedItemSql.ReadAsync(reader, ct) is not { } locked)
        {
            return null;
        }

        await reader.NextResultAsync(ct);
        var known = await reader.ReadAsync(ct) ? Read(reader, item) : null;
        await reader.NextResultAsync(ct);
        var open = new List<(Id, string)>();
        while (await reader.ReadAsync(ct))
        {
            open.Add((Id.From(IdPrefix.Exception, reader.GetGuid(0)), reader.GetString(1)));
        }

        return (locked, known, open);
    }

    /// <summary>Writes a return, what it makes of its item, and the exceptions that it explains.</summary>
    public static async Task WriteAsync(
        ShardTransaction transaction, NamedItem item, BankReturn returned, long sequence, IReadOnlyList<Id> explained, string resolution, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                new() { Value = item.ItemId.Value },
                new() { Value = returned.OperationId.Value },
                new() { Value = item.Facts.Acquirer },
                new() { Value = returned.ExternalId },
                new() { Value = item.Facts.Currency.Code },
                new() { Value = returned.Amount },
                new() { Value = returned.Reason },
                new() { Value = (object?)returned.DebitReference ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text },
                new() { Value = returned.ReturnedAt.UtcDateTime },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Advance)
        {
            Parameters = { new() { Value = item.ItemId.Value }, new() { Value = Names.Of(ReturnRules.StateWith(item, returned)) }, new() { Value = sequence } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Resolve)
        {
            Parameters = { new() { Value = explained.Select(exception => exception.Value).ToArray() }, new() { Value = resolution }, new() { Value = returned.ReturnedAt.UtcDateTime } },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static BankReturn Read(NpgsqlDataReader reader, Id item) => new(
        Id.From(IdPrefix.Operation, reader.GetGuid(0)),
        item,
        reader.GetString(1),
        reader.GetInt64(2),
        reader.GetString(3),
        reader.IsDBNull(4) ? null : reader.GetString(4),
        reader.GetFieldValue<DateTimeOffset>(5));
}
