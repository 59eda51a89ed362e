using PayFlow.Kernel;
using Xunit;

namespace PayFlow.Storage.UnitTests;

public sealed class SlotSeedTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public void Spread_AnyShards_GivesEachSlotOnce_EvenlyAndByPartition(int shards)
    {
        var slots = SlotSeed.Spread(shards);
        Assert.Equal(Enumerable.Range(0, Slot.Count), slots.Select(slot => (int)slot.Slot));
        Assert.All(slots, slot => Assert.Equal(1, slot.Epoch));
        Assert.All(slots.GroupBy(slot => new Slot(slot.Slot).Partition(50)), partition => Assert.Single(partition.Select(slot => slot.Shard).Distinct()));
        var sizes = slots.GroupBy(slot => slot.Shard).Select(shard => shard.Count()).ToList();
        Assert.Equal(shards, sizes.Count);
        Assert.True(sizes.Max() - sizes.Min() <= Slot.Count / 50, string.Join(", ", sizes));
    }
}
