using PayFlow.Gateway.ApiKeys;

namespace PayFlow.Gateway.IntegrationTests.ApiKeys;

public sealed class GenerationCacheTests
{
    [Fact]
    public void Set_Many_HoldsAtMostTwiceTheCapacity()
    {
        var cache = new GenerationCache<int, string>(100);
        for (var i = 0; i < 10_000; i++)
        {
            cache.Set(i, "value");
            Assert.True(cache.Count <= 200, $"{cache.Count} after {i}");
        }

        Assert.True(cache.TryGet(9_999, out _));
        Assert.False(cache.TryGet(0, out _));
    }

    [Fact]
    public void TryGet_UsedAgain_Outlives()
    {
        var cache = new GenerationCache<int, string>(100);
        cache.Set(-1, "kept");
        for (var i = 0; i < 1_000; i++)
        {
            cache.Set(i, "value");
            Assert.True(cache.TryGet(-1, out var kept) && kept == "kept", $"forgotten at {i}");
        }
    }

    [Fact]
    public void Set_SameKey_KeepsTheLast()
    {
        var cache = new GenerationCache<int, string>(100);
        for (var i = 0; i < 1_000; i++)
        {
            cache.Set(1, $"{i}");
        }

        Assert.True(cache.TryGet(1, out var value));
        Assert.Equal(("999", 1), (value, cache.Count));
    }
}
