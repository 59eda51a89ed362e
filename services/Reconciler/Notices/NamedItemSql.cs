using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Notices;

/// <summary>Finds the item that a notice is about: an acquirer names the capture by its own id, and says nothing of whose it is.</summary>
internal static class NamedItemSql
{
    private const string Find = "SELECT r.item_id FROM records r WHERE r.acquirer = $1 AND r.external_id = $2 AND r.kind = 'capture' ORDER BY r.item_id LIMIT 1";

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
}
