using PayFlow.Sandbox.Chaos;

namespace PayFlow.Sandbox.UnitTests.Chaos;

public sealed class DrawsTests
{
    [Fact]
    public void Of_SameSeedAndCall_IsTheSameAgain() =>
        Assert.Equal(Sequence(42).Take(100), Sequence(42).Take(100));

    [Fact]
    public void Of_OtherSeed_IsAnotherSequence() => Assert.NotEqual(Sequence(42).Take(10), Sequence(43).Take(10));

    [Fact]
    public void Of_ManyCalls_AreSpreadOverTheWholeInterval()
    {
        var tenths = Sequence(7).Take(10_000).GroupBy(draw => (int)(draw * 10)).OrderBy(group => group.Key).ToList();
        Assert.Equal(Enumerable.Range(0, 10), tenths.Select(group => group.Key));
        Assert.All(tenths, group => Assert.InRange(group.Count(), 850, 1_150));
    }

    private static IEnumerable<double> Sequence(long seed) => Enumerable.Range(1, int.MaxValue).Select(call => Draws.Of(seed, call));
}
