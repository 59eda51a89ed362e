using PayFlow.Reconciler.Notices;

namespace PayFlow.Reconciler.UnitTests.Notices;

public sealed class NoticeFeedsTests
{
    [Fact]
    public void Read_Page_IsWhatTheAcquirerTold()
    {
        var page = NoticeFeeds.Read("northbank", 6, $$"""{"data":[{{Told(7)}},{{Told(8)}}],"has_more":true}""");
        Assert.True(page.HasMore);
        Assert.Equal([7L, 8L], page.Notices.Select(notice => notice.Sequence));
        Assert.Equal(
            new Notice("northbank", 7, "dispute_opened", new DateTimeOffset(2026, 11, 21, 9, 30, 0, TimeSpan.Zero), """{"dispute":"nbx_7"}"""), page.Notices[0]);
    }

    [Fact]
    public void Read_NothingNew_IsEmpty() => Assert.Empty(NoticeFeeds.Read("northbank", 6, """{"data":[],"has_more":false}""").Notices);

    [Theory]
    [InlineData("a number is passed over", 8, 9)]
    [InlineData("a gap in the page", 7, 9)]
    [InlineData("a number twice", 7, 7)]
    [InlineData("back to front", 8, 7)]
    [InlineData("what was read", 6, 7)]
    public void Read_NumbersThatDontFollow_AreNotTaken(string name, int first, int second)
    {
        var wrong = Assert.Throws<FormatException>(() => NoticeFeeds.Read("northbank", 6, $$"""{"data":[{{Told(first)}},{{Told(second)}}],"has_more":false}"""));
        Assert.True(wrong.Message.Contains("a number is missing", StringComparison.Ordinal), name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("{}")]
    [InlineData("""{"data":[]}""")]
    [InlineData("""{"data":[{"sequence":7}],"has_more":false}""")]
    [InlineData("""{"data":[{"sequence":"7","type":"x","occurred_at":"2026-11-21T09:30:00Z","data":{}}],"has_more":false}""")]
    public void Read_SomethingElse_IsNotTaken(string text) => Assert.Throws<FormatException>(() => NoticeFeeds.Read("northbank", 6, text));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(6, 32)]
    [InlineData(7, 60)]
    [InlineData(1_000_000, 60)]
    public void PauseAfter_Failures_DoublesUpToItsBound(int failures, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), new NoticeOptions().PauseAfter(failures));

    private static string Told(int sequence) => $$$"""{"sequence":{{{sequence}}},"type":"dispute_opened","occurred_at":"2026-11-21T09:30:00Z","data":{"dispute":"nbx_{{{sequence}}}"}}""";
}
