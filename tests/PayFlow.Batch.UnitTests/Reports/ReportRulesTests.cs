using FsCheck;
using FsCheck.Fluent;
using PayFlow.Batch.Batches;
using PayFlow.Batch.Items;
using PayFlow.Batch.Reports;
using PayFlow.Kernel;

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

    [Theory]
    [InlineData(new long[] { }, true, "missing", 0)]
    [InlineData(new long[] { -1000 }, false, "settled", -1000)]
    [InlineData(new long[] { -990 }, true, "short", -990)]
    [InlineData(new long[] { -990, -10 }, true, "settled", -1000)]
    [InlineData(new long[] { -1000, -1000 }, true, "settled", -1000)]
    [InlineData(new long[] { 1000 }, true, "missing", 0)]            // paid instead of taken
    [InlineData(new long[] { -1000, 1000 }, true, "settled", -1000)]
    public void Item_LinesOfARefund_DecideStateAndAmountBelowZero(long[] amounts, bool isComplete, string state, long settled) =>
        Assert.Equal((state, settled), ReportRules.Item(-1000, [.. amounts.Select((amount, i) => Line(i + 1, amount, "settled"))], isComplete));

    [Fact]
    public void After_AnyReportOfAnyMix_SettlesEachKindWithinItsAmountAndAddsUp() => Prop.ForAll(Amounts, Lines, (amounts, said) =>
    {
        var items = amounts.Select((amount, i) => Item($"nb_{i}", amount)).ToList();
        var lines = said.Select((line, i) =>
            Line(i + 1, line.Amount, line.IsSettled ? "settled" : "rejected") with { ItemReference = items[line.Item % items.Count].Id.ToString() }).ToList();
        var found = ReportRules.Items(items, Report(lines));
        var told = ReportRules.After(Start, Report(lines), null, found);
        var (captured, refunded) = (items.Where(item => item.Amount > 0).Sum(item => item.Amount), -items.Where(item => item.Amount < 0).Sum(item => item.Amount));
        return told.AmountSettled == found.Sum(item => item.Settled)
            && told.AmountRefundedSettled >= 0 && told.AmountRefundedSettled <= refunded
            && told.AmountSettled + told.AmountRefundedSettled >= 0 && told.AmountSettled + told.AmountRefundedSettled <= captured;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Item_OnlyARejection_IsRejected() => Assert.Equal(("rejected", 0L), ReportRules.Item(1000, [Line(1, 1000, "rejected")], isComplete: true));

    [Theory]
    [InlineData(false, "accepted", "settled", "sealed")]
    [InlineData(true, "settled", "settled", "settled")]
    [InlineData(true, "partially_settled", "settled", "short")]
    [InlineData(true, "partially_settled", "missing", "missing")]
    public void Batch_ItemStates_DecideItsState(bool isComplete, string state, params string[] items) => Assert.Equal(state, ReportRules.Batch(items, isComplete));

    [Fact]
    public void Items_LineThatNamesNoneOfOurs_CountsOnlyWithIdAndAmount()
    {
        var (first, second, third) = (Item("nbc_1", 1_000), Item("nbc_2", 2_000), Item("nbc_3", 3_000));
        var report = Report(
            [Line(1, 1_000, "settled") with { ItemReference = "", ExternalId = "nbc_1" }, Line(2, 1_999, "settled") with { ItemReference = "itm_other", ExternalId = "nbc_2" },
             Line(3, 2_900, "settled") with { ItemReference = third.Id.ToString(), ExternalId = "nbc_1" }]);

        var found = ReportRules.Items([first, second, third], report);

        Assert.Equal([new(first.Id, "settled", 1_000), new(second.Id, "missing", 0), new(third.Id, "short", 2_900)], found);
    }

    [Fact]
    public void Deposit_WhileTheReportIsNotComplete_IsNone() =>
        Assert.Null(ReportRules.Deposit(Start, Report([Line(1, 1_000, "settled")], isComplete: false)));

    [Fact]
    public void Deposit_LinesOfSeveralReadings_AreAllItsOwn()
    {
        var report = Report([Line(1, 1_000, "settled"), Line(2, 500, "rejected"), Line(3, 2_000, "settled")]);
        var first = ReportRules.Deposit(Start, report)!;
        Assert.Equal(new Deposit(1, 3, 3_000, 20, "dep_1"), first);

        var told = ReportRules.After(Start, report, first, [Found("settled", 1_000), Found("rejected", 0), Found("settled", 2_000)]);
        Assert.Equal(
            Start with { State = "partially_settled", Deposits = 1, Lines = 3, Gross = 3_000, Charge = 20, ItemsSettled = 2, AmountSettled = 3_000, Completed = true }, told);
        Assert.Null(ReportRules.Deposit(told, report));
        Assert.True(ReportRules.IsTold(told, report));
        Assert.False(ReportRules.IsTold(Start, report));

        var later = Report([.. report.Lines, Line(4, 500, "settled")]) with { Charge = 26, DepositReference = "dep_2" };
        Assert.False(ReportRules.IsTold(told, later));
        Assert.Equal(new Deposit(2, 1, 500, 6, "dep_2"), ReportRules.Deposit(told, later));
    }

    [Fact]
    public void Deposit_OfNothing_IsToldOnce()
    {
        var empty = Report([]) with { Charge = 0 };
        var first = ReportRules.Deposit(Start, empty);
        Assert.Equal(new Deposit(1, 0, 0, 0, "dep_1"), first);
        Assert.Null(ReportRules.Deposit(ReportRules.After(Start, empty, first, [Found("missing", 0)]), empty));
    }

    [Fact]
    public void Deposit_RefundsThatComeLate_TakeMoney()
    {
        var first = Report([Line(1, 1_000, "settled")]);
        var told = ReportRules.After(Start, first, ReportRules.Deposit(Start, first), [Found("settled", 1_000)]);
        var later = Report([.. first.Lines, Line(2, -400, "settled")]) with { DepositReference = "dep_2" };
        Assert.Equal(new Deposit(2, 1, -400, 0, "dep_2"), ReportRules.Deposit(told, later));
    }

    [Fact]
    public void Deposit_LateLinesThatComeToNothing_IsOneAllTheSame()
    {
        var first = Report([Line(1, 1_000, "settled")]);
        var told = ReportRules.After(Start, first, ReportRules.Deposit(Start, first), [Found("settled", 1_000)]);
        var later = Report([.. first.Lines, Line(2, -400, "settled"), Line(3, 400, "settled")]) with { DepositReference = "dep_2" };
        Assert.Equal(new Deposit(2, 2, 0, 0, "dep_2"), ReportRules.Deposit(told, later));
        Assert.False(ReportRules.IsTold(told, later));
    }

    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 19)]
    public void Deposit_ReportThatShrank_IsRefused(int lines, long charge) => Assert.Throws<FormatException>(() => ReportRules.Deposit(
        Start with { Completed = true, Lines = 2, Gross = 1_000, Charge = 20 }, Report([.. Enumerable.Range(1, lines).Select(number => Line(number, 500, "settled"))]) with { Charge = charge }));

    private static Arbitrary<List<int>> Amounts { get; } = Arb.From(Gen.Choose(-40, 40).Where(amount => amount != 0).NonEmptyListOf());

    private static Arbitrary<List<(int Item, int Amount, bool IsSettled)>> Lines { get; } = Arb.From(
        (from item in Gen.Choose(0, 9) from amount in Gen.Choose(-50, 50) from isSettled in Gen.Elements(true, true, false) select (Item: item, Amount: amount, IsSettled: isSettled)).ListOf());

    private static BatchProgress Start { get; } = new("accepted", 5, 0, 0, 0, 0, 0, 0, 0, false);

    private static ItemOutcome Found(string state, long settled) => new(Id.New(IdPrefix.Item, default, DateTimeOffset.UnixEpoch), state, settled);

    private static SettlementReport Report(IReadOnlyList<ReportLine> lines, bool isComplete = true) =>
        new(lines, lines.Where(line => line.IsSettled).Sum(line => line.Amount), 20, "dep_1", isComplete);

    private static ItemRow Item(string externalId, long amount)
    {
        var now = DateTimeOffset.UnixEpoch;
        return new ItemRow(
            Id.New(IdPrefix.Item, default, now), amount < 0 ? ItemKind.Refund : ItemKind.Capture, null, Id.New(IdPrefix.Payment, default, now), Id.New(IdPrefix.Operation, default, now), Id.New(IdPrefix.Merchant, default, now),
            "northbank", externalId, Currency.Usd, amount, 0, "sealed", 0, now);
    }

    private static ReportLine Line(int number, long amount, string status) => new(number, "itm", "ext", amount, status, "");
}
