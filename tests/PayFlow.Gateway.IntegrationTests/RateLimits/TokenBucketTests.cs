using PayFlow.Gateway.RateLimits;

namespace PayFlow.Gateway.IntegrationTests.RateLimits;

public sealed class TokenBucketTests
{
    private readonly TokenBucket _bucket = new();
    private DateTimeOffset _now = new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void TryTake_Burst_IsExact()
    {
        Assert.Equal(20, Take(100));
        Assert.False(Try(out var wait));
        Assert.Equal(TimeSpan.FromMilliseconds(100), wait);
    }

    [Fact]
    public void TryTake_AfterTheWait_LetsOneThrough()
    {
        Take(100);
        Pass(milliseconds: 99);
        Assert.False(Try(out _));
        Pass(milliseconds: 1);
        Assert.True(Try(out _));
        Assert.False(Try(out _));
    }

    [Fact]
    public void TryTake_OverAMinute_IsTheRatePlusOneBurst()
    {
        var taken = 0;
        for (var i = 0; i < 60_000; i++)
        {
            taken += Take(1);
            Pass(milliseconds: 1);
        }

        Assert.Equal(20 + (10 * 60) - 1, taken);
    }

    [Fact]
    public void TryTake_AfterAPause_IsNotMoreThanABurst()
    {
        Take(100);
        Pass(milliseconds: 3_600_000);
        Assert.Equal(20, Take(100));
    }

    private int Take(int times) => Enumerable.Range(0, times).Count(_ => Try(out var _));

    private bool Try(out TimeSpan wait) => _bucket.TryTake(_now, perSecond: 10, burst: 20, out wait);

    private void Pass(int milliseconds) => _now += TimeSpan.FromMilliseconds(milliseconds);
}
