using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;
using PayFlow.Reconciler.Notices;
using PayFlow.Reconciler.Returns;

namespace PayFlow.Reconciler.UnitTests.Returns;

public sealed class ReturnRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);
    private static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(7), Now);

    private static readonly NamedItem Submitted = new(
        Merchant.Derive(IdPrefix.Item, "a"), Merchant.Derive(IdPrefix.Payment, "a"), Merchant.Derive(IdPrefix.Operation, "a"),
        new BatchFacts(Merchant.Derive(IdPrefix.Batch, "a"), Merchant, Mode.Test, "keystone", Currency.Usd), Expected: 1_000, Settled: 0, RecordState.Expected, Sequence: 3);

    private static readonly NamedItem Settled = Submitted with { Settled = 1_000, State = RecordState.Matched };
    private static readonly ReturnedNotice Early = new() { Return = "ksb_1", Capture = "ksc_1", Amount = 1_000, Currency = "USD", Reason = "R03" };
    private static readonly ReturnedNotice Late = Early with { Reason = "R01", DebitReference = "ksd_1" };

    [Fact]
    public void Decide_BeforeTheSettlement_LeavesNothingToBePaid()
    {
        var decision = ReturnRules.Decide(Submitted, known: null, Early, Now);
        Assert.Equal(new BankReturn(Submitted.CaptureId.Derive(IdPrefix.Operation, "return"), Submitted.ItemId, "ksb_1", 1_000, "R03", null, Now), decision.Return);
        Assert.Equal(NoticeEnd.Applied, decision.Outcome.End);
        Assert.Equal(RecordState.Returned, ReturnRules.StateWith(Submitted, decision.Return!));
        Assert.Equal((true, true, false), (ReturnRules.Explains(decision.Return!, "rejected"), ReturnRules.Explains(decision.Return!, "missing_there"), ReturnRules.Explains(decision.Return!, "duplicate")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]   // the bank is faster than its report
    public void Decide_AfterTheSettlement_ChangesNothingOfWhatIsMatched(bool isKnown)
    {
        var item = isKnown ? Settled : Submitted;
        var returned = ReturnRules.Decide(item, known: null, Late, Now).Return!;
        Assert.Equal(("ksd_1", "R01", item.State), (returned.DebitReference, returned.Reason, ReturnRules.StateWith(item, returned)));
        Assert.False(ReturnRules.Explains(returned, "rejected"));
    }

    [Fact]
    public void Decide_Again_ChangesNothing()
    {
        var known = ReturnRules.Decide(Settled, known: null, Late, Now).Return;
        var again = ReturnRules.Decide(Settled with { Sequence = 9 }, known, Late, Now);
        Assert.Equal((NoticeEnd.Applied, null), (again.Outcome.End, again.Return));
    }

    public static TheoryData<string> Contradictions() => ["currency", "part", "another", "debit", "settled"];

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Decide_AContradiction_IsForPeople(string what)
    {
        var known = ReturnRules.Decide(Settled, known: null, Late, Now).Return!;
        var decision = what switch
        {
            "currency" => ReturnRules.Decide(Settled, null, Late with { Currency = "EUR" }, Now),
            "part" => ReturnRules.Decide(Settled, null, Late with { Amount = 999 }, Now),
            "another" => ReturnRules.Decide(Settled, known, Late with { Return = "ksb_2" }, Now),
            "debit" => ReturnRules.Decide(Settled, known, Late with { DebitReference = "ksd_2" }, Now),
            _ => ReturnRules.Decide(Settled, null, Early, Now),
        };
        Assert.Equal((NoticeEnd.Refused, null), (decision.Outcome.End, decision.Return));
    }

    [Fact]
    public void Matching_OfANamedItem_TakesNoMoneyForItAndNoOffence()
    {
        Assert.Equal(new LineMatch(LineOutcome.Duplicate, 0, 1_000), MatchRules.Decide(RecordState.Returned, 1_000, 0, 1_000, settles: true));
        Assert.Equal(RecordState.Returned, MatchRules.StateOf(1_000, 0, RecordState.Returned, LineOutcome.Rejected));
        Assert.Equal(RecordState.Returned, MatchRules.StateOf(1_000, 0, RecordState.Returned, LineOutcome.Duplicate));
    }
}
