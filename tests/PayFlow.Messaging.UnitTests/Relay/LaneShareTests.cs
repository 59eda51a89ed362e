using PayFlow.Messaging.Relay;
using Xunit;

namespace PayFlow.Messaging.UnitTests.Relay;

public sealed class LaneShareTests
{
    [Fact]
    public void Decide_Alone_TakesAll() => Assert.Equal(Outbox.Lanes, LaneShare.Decide(Lanes(), "a", relays: 1).Count);

    [Fact]
    public void Decide_HeldByAnother_TakesNone() => Assert.Empty(LaneShare.Decide(Lanes(Enumerable.Repeat("b", Outbox.Lanes)), "a", relays: 2));

    [Fact]
    public void Decide_LeaseOfAnotherRanOut_TakesItsShare() =>
        Assert.Equal(4, LaneShare.Decide([.. Enumerable.Range(0, 8).Select(lane => new Lane((short)lane, "b", IsLive: false))], "a", relays: 2).Count);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    public void Decide_ByRelaysInTurn_EndsWithEveryLaneHeldOnceAndNobodyAboveItsShare(int relays)
    {
        var names = Enumerable.Range(0, relays).Select(relay => $"relay {relay}").ToList();
        var owners = Enumerable.Repeat("relay 0", Outbox.Lanes).ToArray<string?>();   // the first was alone until now
        for (var round = 0; round < 3; round++)
        {
            foreach (var me in names)
            {
                var held = LaneShare.Decide(Lanes(owners), me, relays);
                for (short lane = 0; lane < owners.Length; lane++)
                {
                    Assert.False(held.Contains(lane) && owners[lane] is { } owner && owner != me, "A lane was taken from its owner.");
                    owners[lane] = held.Contains(lane) ? me : owners[lane] == me ? null : owners[lane];
                }
            }
        }

        Assert.All(owners, Assert.NotNull);
        Assert.All(owners.GroupBy(owner => owner), group => Assert.True(group.Count() <= (Outbox.Lanes + relays - 1) / relays));
    }

    private static List<Lane> Lanes(IEnumerable<string?>? owners = null) =>
        [.. (owners ?? Enumerable.Repeat((string?)null, Outbox.Lanes)).Select((owner, lane) => new Lane((short)lane, owner, owner is not null))];
}
