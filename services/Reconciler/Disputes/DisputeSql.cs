using Npgsql;
using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;
using PayFlow.Reconciler.Notices;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Disputes;

/// <summary>Statements on <c>disputes</c>, and on the records that they are of.</summary>
internal static class DisputeSql
{
    private const string Find =
        """
        SELECT d.id, d.item_id, d.external_id, d.amount, d.reason, d.respond_by, d.debit_reference, d.opened_at, d.state, d.fee, d.credit_reference, d.closed_at
        FROM disputes d WHERE d.acquirer = $1 AND d.external_id = $2
        """;

    private const string Write =
        """
        INSERT INTO disputes (id, slot, item_id, acquirer, external_id, currency, amount, reason, respond_by, debit_reference, opened_at, state, fee, credit_reference, closed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, fee = excluded.fee, credit_reference = excluded.credit_reference, closed_at = excluded.closed_at
        """;

    private const string Advance = "UPDATE records SET sequence = $2 WHERE item_id = $1";

    /// <summary>Locks an item, and with it the order of its events; and reads what is known under the acquirer's id of the dispute.</summary>
    public static async Task<(NamedItem Item, Dispute? Known)?> LockAsync(ShardTransaction transaction, Id item, string acquirer, string externalId, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(NamedItemSql.Lock(item));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Find) { Parameters = { new() { Value = acquirer }, new() { Value = externalId } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (await NamedItemSql.ReadAsync(reader, ct) is not { } locked)
        {
            return null;
        }

        await reader.NextResultAsync(ct);
        return (locked, await reader.ReadAsync(ct) ? Read(reader) : null);
    }

    /// <summary>Writes a dispute as it is now, and the sequence of the item's last event.</summary>
    public static async Task WriteAsync(ShardTransaction transaction, NamedItem item, Dispute dispute, long sequence, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Write)
        {
            Parameters =
            {
                new() { Value = dispute.Id.Value },
                new() { Value = (short)dispute.Id.Slot.Number },
                new() { Value = dispute.ItemId.Value },
                new() { Value = item.Facts.Acquirer },
                new() { Value = dispute.ExternalId },
                new() { Value = item.Facts.Currency.Code },
                new() { Value = dispute.Amount },
                new() { Value = dispute.Reason },
                new() { Value = dispute.RespondBy.UtcDateTime },
                new() { Value = dispute.DebitReference },
                new() { Value = dispute.OpenedAt.UtcDateTime },
                new() { Value = Names.Of(dispute.State) },
                new() { Value = dispute.Fee },
                new() { Value = (object?)dispute.CreditReference ?? DBNull.Value },
                new() { Value = (object?)dispute.ClosedAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Advance) { Parameters = { new() { Value = item.ItemId.Value }, new() { Value = sequence } } });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static Dispute Read(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.Dispute, reader.GetGuid(0)),
        Id.From(IdPrefix.Item, reader.GetGuid(1)),
        reader.GetString(2),
        reader.GetInt64(3),
        reader.GetString(4),
        reader.GetFieldValue<DateTimeOffset>(5),
        reader.GetString(6),
        reader.GetFieldValue<DateTimeOffset>(7),
        Enum.Parse<DisputeState>(reader.GetString(8), ignoreCase: true),
        reader.GetInt64(9),
        reader.IsDBNull(10) ? null : reader.GetString(10),
        reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11));
}
