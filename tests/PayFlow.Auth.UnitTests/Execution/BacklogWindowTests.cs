using PayFlow.Auth.Execution;

namespace PayFlow.Auth.UnitTests.Execution;

public sealed class BacklogWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly BacklogOptions Options = new() { MaxLength = 1_000, MaxAge = TimeSpan.FromSeconds(100), ResumeAt = 80, LongestRetryAfter = TimeSpan.FromSeconds(60) };

    [Theory]
    [InlineData(1_000, 100, false)]   // at the limits
    [InlineData(1_001, 0, true)]
    [InlineData(0, 100.1, true)]
    public void After_FirstLook_IsTooMuchAboveALimit(long length, double age, bool expected) => Assert.Equal(expected, Seen((length, age)).IsTooMuch);

    [Fact]
    public void After_LengthsAroundTheLimit_BeginsAndEndsOnce()
    {
        (long Length, double Age)[] looks = [(900, 0), (1_001, 0), (999, 0), (1_001, 0), (801, 0), (1_000, 0), (800, 0), (999, 0), (1_000, 0)];
        Assert.Equal([false, true, true, true, true, true, false, false, false], looks.Select((_, last) => Seen(looks[..(last + 1)]).IsTooMuch));
    }

    [Fact]
    public void After_OneMeasureDownAndTheOtherNot_GoesOn()
    {
        Assert.True(Seen((1_001, 101), (10, 81)).IsTooMuch);
        Assert.True(Seen((1_001, 101), (801, 0)).IsTooMuch);
        Assert.False(Seen((1_001, 101), (800, 80)).IsTooMuch);
    }

    [Theory]
    [InlineData(2_000, 1_900, 11)]   // 100 a second, and 1,100 to go
    [InlineData(2_000, 1_990, 60)]   // two minutes: no more is said than the longest
    [InlineData(2_000, 2_000, 60)]   // nothing goes out
    [InlineData(2_000, 2_100, 60)]   // and what waits for its answer comes in
    [InlineData(5_000, 801, 1)]
    public void RetryAfter_OfALength_IsWhenItIsDownAtItsRate(long before, long now, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Seen((before, 0), (now, 0)).RetryAfter(Options));

    [Theory]
    [InlineData(120, 110, 3)]    // it gets younger by 10 seconds a second
    [InlineData(120, 121, 60)]   // nobody begins anything
    public void RetryAfter_OfAnAge_IsWhenItIsDownAtItsRate(double before, double now, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Seen((0, before), (0, now)).RetryAfter(Options));

    [Fact]
    public void RetryAfter_OfBoth_IsTheLater() => Assert.Equal(TimeSpan.FromSeconds(11), Seen((2_000, 120), (1_900, 110)).RetryAfter(Options));

    [Fact]
    public void RetryAfter_RateOfTheTimeBefore_DoesNotCount()
    {
        Assert.Equal(TimeSpan.FromSeconds(5), Seen((100, 0), (3_000, 0)).RetryAfter(Options));   // not known yet
        Assert.Equal(TimeSpan.FromSeconds(21), Seen((100, 0), (3_000, 0), (2_900, 0)).RetryAfter(Options));
    }

    [Fact]
    public void After_LooksForALongTime_KeepsTheLastSeconds()
    {
        var seen = Seen([.. Enumerable.Range(0, 100).Select(look => (10_000L - look, 0.0))]);
        Assert.Equal(16, seen.Samples.Length);   // the first and the last 15 seconds apart
        Assert.Equal(9_901, seen.Samples[^1].Length);
    }

    /// <summary>What is seen after looks that are a second apart.</summary>
    private static BacklogWindow Seen(params (long Length, double Age)[] looks) => looks.Index().Aggregate(
        BacklogWindow.Empty,
        (seen, look) => seen.After(new BacklogSample(Start.AddSeconds(look.Index), look.Item.Length, TimeSpan.FromSeconds(look.Item.Age)), Options));
}
