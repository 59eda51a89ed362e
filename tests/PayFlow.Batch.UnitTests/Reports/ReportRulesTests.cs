using PayFlow.Batch.Reports;

namespace PayFlow.Batch.UnitTests.Reports;

public sealed class ReportRulesTests
{
    [Theory]
    [InlineData(new long[] { }, false, "sealed", 0)]
    [InlineData(new long[] { }, true, "missing", 0)]
    [InlineData(new long[] { 1000 }, false, "settled", 1000)]
    [InlineData(new long[] { 990 }, true, "short", 990)]
    [InlineData(new long[] { 990, 10 }, true, "settled", 1000)]
    [InlineData(new long[] { 1000, 1000 }, true, "settled", 1000)]
    [InlineData(new long[] { 1001 }, true, "settled", 1000)]
    public void Item_Lines_DecideStateAndAmount(long[] amounts, bool isComplete, string state, long settled) =>
        Assert.Equal((state, settled), ReportRules.Item(1000, [.. amounts.Select((amount, i) => Line(i + 1, amount, "settled"))], isComplete));

    [Fact]
    public void Item_OnlyARejection_IsRejected() => Assert.Equal(("rejected", 0L), ReportRules.Item(1000, [Line(1, 1000, "rejected")], isComplete: true));

    [Theory]
    [InlineData(false, "accepted", "settled", "sealed")]
    [InlineData(true, "settled", "settled", "settled")]
    [InlineData(true, "partially_settled", "settled", "short")]
    [InlineData(true, "partially_settled", "missing", "missing")]
    public void Batch_ItemStates_DecideItsState(bool isComplete, string state, params string[] items) => Assert.Equal(state, ReportRules.Batch(items, isComplete));

    private static ReportLine Line(int number, long amount, string status) => new(number, "itm", "ext", amount, status, "");
}
