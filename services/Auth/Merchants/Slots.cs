using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using PayFlow.Storage;

namespace PayFlow.Auth.Merchants;

/// <summary>Which slot a new merchant gets.</summary>
public sealed class Slots(Shards shards)
{
    /// <summary>The slot with the fewest merchants. Two that are onboarded at once may share one; that only matters for how evenly load spreads.</summary>
    public async Task<Slot> LeastUsedAsync(CancellationToken ct)
    {
        var used = new long[Slot.Count];
        foreach (var shard in shards.All)
        {
            foreach (var (slot, merchants) in await MerchantSql.CountBySlotAsync(shard.Source, ct))
            {
                used[slot] += merchants;
            }
        }

        return new Slot(Array.IndexOf(used, used.Min()));
    }

    /// <summary>The slot of who is onboarded under an idempotency key: always the same, so that a retry finds the shard on which the first try was.</summary>
    public static Slot Of(string key) => new((int)(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) % Slot.Count));
}
