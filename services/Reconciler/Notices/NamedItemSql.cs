using Npgsql;
using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Notices;

/// <summary>Finds and locks the item that a notice is about: an acquirer names the capture by its own id, and says nothing of whose it is.</summary>
internal static class NamedItemSql
{
    private const string Find = "SELECT r.item_id FROM records r WHERE r.acquirer = $1 AND r.external_id = $2 AND r.kind = 'capture' ORDER BY r.item_id LIMIT 1";

    private const string LockItem =
        """
        SELECT r.item_id, r.payment_id, r.operation_id, r.batch_id, r.merchant_id, r.mode, r.acquirer, r.currency, r.expected, r.settled, r.state, r.sequence
        FROM records r WHERE r.item_id = $1 AND r.kind = 'capture' FOR UPDATE
        """;

    /// <returns>Null when no shard knows it, yet.</returns>
    public static async Task<Id?> FindAsync(Shards shards, string acquirer, string captureId, CancellationToken ct)
    {
        foreach (var shard in shards.All)
        {
            await using var command = shard.Source.CreateCommand(Find);
            command.Parameters.Add(new() { Value = acquirer });
            command.Parameters.Add(new() { Value = captureId });
            if (await command.ExecuteScalarAsync(ct) is Guid item)
            {
                return Id.From(IdPrefix.Item, item);
            }
        }

        return null;
    }

    /// <summary>Locks an item, and with it the order of its events.</summary>
    public static NpgsqlBatchCommand Lock(Id item) => new(LockItem) { Parameters = { new() { Value = item.Value } } };

    /// <summary>The answer to <see cref="Lock"/>; null when it isn't known.</summary>
    public static async Task<NamedItem?> ReadAsync(NpgsqlDataReader reader, CancellationToken ct) => !await reader.ReadAsync(ct) ? null : new NamedItem(
        Id.From(IdPrefix.Item, reader.GetGuid(0)),
        Id.From(IdPrefix.Payment, reader.GetGuid(1)),
        Id.From(IdPrefix.Operation, reader.GetGuid(2)),
        new BatchFacts(
            Id.From(IdPrefix.Batch, reader.GetGuid(3)), Id.From(IdPrefix.Merchant, reader.GetGuid(4)), (Mode)reader.GetInt16(5), reader.GetString(6),
            Currency.Parse(reader.GetString(7))),
        reader.GetInt64(8),
        reader.GetInt64(9),
        Enum.Parse<RecordState>(reader.GetString(10), ignoreCase: true),
        reader.GetInt64(11));
}
