using PayFlow.Kernel;
using PayFlow.Storage.Migrations;

namespace PayFlow.Storage;

/// <summary>Where slots live at first.</summary>
internal static class SlotSeed
{
    // The slots of one Kafka partition (slot mod 50) begin on one shard, so that what a consumer polls is mostly one transaction.
    private const int PartitionsUnlessTold = 50;

    /// <summary>Spreads all slots over so many shards.</summary>
    public static IReadOnlyList<(short Slot, int Shard, long Epoch)> Spread(int shards) =>
        [.. Enumerable.Range(0, Slot.Count).Select(slot => ((short)slot, slot % PartitionsUnlessTold % shards, 1L))];

    /// <summary>
    /// Tells databases about the slots that they don't know yet. A new deployment spreads them; a shard that is added to an old one learns
    /// the map from shard 0 and owns nothing until slots are moved to it.
    /// </summary>
    public static async Task SowAsync(IReadOnlyList<SchemaMigrator> shards, CancellationToken ct)
    {
        IReadOnlyList<(short, int, long)> map = [];
        foreach (var shard in shards)
        {
            await using var connection = await shard.OpenAsync(ct);
            if (map.Count == 0)
                map = await SlotSql.AllAsync(connection, ct);
            if (map.Count == 0)
                map = Spread(shards.Count);
            await SlotSql.AddAsync(connection, map, ct);
        }
    }
}
