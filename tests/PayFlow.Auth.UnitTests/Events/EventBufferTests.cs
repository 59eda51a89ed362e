using PayFlow.Auth.Events;

namespace PayFlow.Auth.UnitTests.Events;

public sealed class EventBufferTests
{
    private readonly EventBuffer buffer = new(3);

    [Fact]
    public void Offer_UpToTheCapacity_DropsNothing()
    {
        Offer(1, 2, 3);
        var (dropped, frames) = buffer.Take();
        Assert.Null(dropped);
        Assert.Equal([1, 2, 3], frames.Select(frame => frame.Number));
        Assert.Empty(buffer.Take().Frames);
    }

    [Fact]
    public void Offer_MoreThanTheCapacity_DropsTheOldestAndSaysWhich()
    {
        Offer(1, 2, 4, 5, 7, 9);   // others were not of the types that are listened to
        var (dropped, frames) = buffer.Take();
        Assert.Equal((3L, 1L, 4L), (dropped!.Count, dropped.First.Number, dropped.Last.Number));
        Assert.Equal([5, 7, 9], frames.Select(frame => frame.Number));

        Offer(10, 11, 12, 13);
        Assert.Equal((1L, 10L), (buffer.Take().Dropped!.Count, 10L));
    }

    [Fact]
    public void GoOn_AfterWhatWasSeenElsewhere_SkipsItAlsoWhenItComesLater()
    {
        Offer(1, 2, 3);
        Assert.True(buffer.TryGoOnAfter(5));
        Offer(4, 5, 6);
        var (dropped, frames) = buffer.Take();
        Assert.Null(dropped);
        Assert.Equal([6], frames.Select(frame => frame.Number));
    }

    [Fact]
    public void GoOn_WhenSomethingWasDropped_IsRefusedUntilItStartsAnew()
    {
        Offer(1, 2, 3, 4);
        Assert.False(buffer.TryGoOnAfter(2));
        buffer.Clear();
        Assert.True(buffer.TryGoOnAfter(4));
        Offer(4, 5);
        Assert.Equal([5], buffer.Take().Frames.Select(frame => frame.Number));
    }

    [Fact]
    public async Task Wait_NothingComes_EndsWithItsPatience()
    {
        Assert.False(await buffer.WaitAsync(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None));
        var waiting = buffer.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, CancellationToken.None);
        Offer(1);
        Assert.True(await waiting);
    }

    private void Offer(params long[] numbers)
    {
        foreach (var number in numbers)
        {
            buffer.Offer(new Frame(number, "payment.captured", default, default));
        }
    }
}
