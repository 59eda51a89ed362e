using PayFlow.Auth.Events;
using PayFlow.Messaging.Feeds;

namespace PayFlow.Auth.UnitTests.Events;

public sealed class EventIdTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(417), Now);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(1_000_000)]
    [InlineData((1L << 40) - 1)]
    public void Id_OfANumber_GivesItBack(long number)
    {
        var feed = new Feed(Merchant, Mode.Test);
        var id = EventId.Of(feed, number, Now);
        Assert.True(EventId.TryRead(feed, id.ToString(), out var read));
        Assert.Equal((number, "evt", Merchant.Slot, Now), (read, id.Prefix, id.Slot, id.Time));
        Assert.Equal(id, EventId.Of(feed, number, Now));
    }

    [Fact]
    public void Id_BeyondTheLargestNumber_IsNotMade() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EventId.Of(new Feed(Merchant, Mode.Test), 1L << 40, Now));

    [Fact]
    public void Id_OfTwoFeeds_Differ()
    {
        var test = new Feed(Merchant, Mode.Test);
        var id = EventId.Of(test, 7, Now);
        Feed[] others = [new(Merchant, Mode.Live), new(Id.New(IdPrefix.Merchant, Merchant.Slot, Now), Mode.Test), new(Id.New(IdPrefix.Merchant, new Slot(3), Now), Mode.Test)];
        Assert.All(others, other => Assert.False(EventId.TryRead(other, id.ToString(), out _)));
        Assert.All(others, other => Assert.NotEqual(id, EventId.Of(other, 7, Now)));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("evt_7")]
    [InlineData("pay_01jz3k4m5n6p7q8r9s0t1v2w3x")]
    public void Text_ThatIsNoEventsId_IsRefused(string? text) => Assert.False(EventId.TryRead(new Feed(Merchant, Mode.Test), text, out _));
}
