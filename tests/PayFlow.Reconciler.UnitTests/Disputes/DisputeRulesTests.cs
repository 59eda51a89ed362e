using PayFlow.Kernel;
using PayFlow.Reconciler.Disputes;
using PayFlow.Reconciler.Matching;
using PayFlow.Reconciler.Notices;

namespace PayFlow.Reconciler.UnitTests.Disputes;

public sealed class DisputeRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);
    private static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(7), Now);

    private static readonly NamedItem Item = new(
        Merchant.Derive(IdPrefix.Item, "a"), Merchant.Derive(IdPrefix.Payment, "a"), Merchant.Derive(IdPrefix.Operation, "a"),
        new BatchFacts(Merchant.Derive(IdPrefix.Batch, "a"), Merchant, Mode.Test, "northbank", Currency.Usd), Expected: 1_000, Settled: 1_000, RecordState.Matched, Sequence: 3);

    private static readonly OpenedNotice Opened = new()
    {
        Dispute = "nbx_1", Capture = "nbc_1", Amount = 1_000, Currency = "USD", Reason = "fraudulent", RespondBy = Now + TimeSpan.FromDays(30), DebitReference = "nbx_1_debit",
    };

    private static readonly ClosedNotice Won = new() { Dispute = "nbx_1", Capture = "nbc_1", Amount = 1_000, Currency = "USD", Outcome = "won", CreditReference = "nbx_1_credit" };
    private static readonly ClosedNotice Lost = Won with { Outcome = "lost", CreditReference = null };
    private static readonly Dispute Known = DisputeRules.Open(Item, known: null, Opened, Now).Dispute!;

    [Fact]
    public void Open_Unknown_IsADisputeOfTheItem()
    {
        var decision = DisputeRules.Open(Item, known: null, Opened, Now);
        Assert.Equal(NoticeEnd.Applied, decision.Outcome.End);
        Assert.Equal(
            new Dispute(DisputeRules.IdOf(Item, "nbx_1"), Item.ItemId, "nbx_1", 1_000, "fraudulent", Opened.RespondBy, "nbx_1_debit", Now),
            decision.Dispute);
        Assert.Equal((IdPrefix.Dispute, Item.ItemId.Slot), (decision.Dispute!.Id.Prefix, decision.Dispute.Id.Slot));
    }

    [Fact]
    public void IdOf_AnotherAcquirersDisputeOfTheSameName_IsAnother()
    {
        Assert.Equal(DisputeRules.IdOf(Item, "1"), DisputeRules.IdOf(Item, "1"));
        Assert.NotEqual(DisputeRules.IdOf(Item, "1"), DisputeRules.IdOf(Item, "2"));
        Assert.NotEqual(DisputeRules.IdOf(Item, "1"), DisputeRules.IdOf(Item with { Facts = Item.Facts with { Acquirer = "harbor" } }, "1"));
    }

    [Fact]
    public void Open_Again_ChangesNothing() => AssertNothing(NoticeEnd.Applied, DisputeRules.Open(Item, Known, Opened, Now));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Open_AfterItWasClosed_ChangesNothing(bool isWon) =>
        AssertNothing(NoticeEnd.Applied, DisputeRules.Open(Item, DisputeRules.Close(Item, Known, isWon ? Won : Lost, 15_00, Now).Dispute, Opened, Now));

    [Fact]
    public void Close_Won_HasItsCreditAndNoFee() => Assert.Equal(
        Known with { State = DisputeState.Won, CreditReference = "nbx_1_credit", ClosedAt = Now }, DisputeRules.Close(Item, Known, Won, 15_00, Now).Dispute);

    [Fact]
    public void Close_Lost_HasItsFee() =>
        Assert.Equal(Known with { State = DisputeState.Lost, Fee = 15_00, ClosedAt = Now }, DisputeRules.Close(Item, Known, Lost, 15_00, Now).Dispute);

    [Fact]
    public void Close_NotOpenedYet_Waits() => AssertNothing(NoticeEnd.Waits, DisputeRules.Close(Item, known: null, Won, 15_00, Now));

    [Fact]
    public void Close_SameOutcomeAgain_ChangesNothingAndKeepsTheFee()
    {
        var lost = DisputeRules.Close(Item, Known, Lost, 15_00, Now).Dispute!;
        AssertNothing(NoticeEnd.Applied, DisputeRules.Close(Item, lost, Lost, 99_00, Now + TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Close_OtherOutcome_IsAMatterForPeople() =>
        AssertNothing(NoticeEnd.Refused, DisputeRules.Close(Item, DisputeRules.Close(Item, Known, Won, 15_00, Now).Dispute, Lost, 15_00, Now));

    [Fact]
    public void Close_UnknownOutcome_IsAMatterForPeople() => AssertNothing(NoticeEnd.Refused, DisputeRules.Close(Item, Known, Won with { Outcome = "drawn" }, 15_00, Now));

    [Theory]
    [InlineData("EUR", 1_000, false, "a")]    // another currency
    [InlineData("USD", 0, false, "a")]
    [InlineData("USD", -1, false, "a")]
    [InlineData("USD", Money.MaxMinorUnits + 1, false, "a")]
    [InlineData("USD", 999, true, "a")]       // known with another amount
    [InlineData("USD", 1_000, true, "b")]     // known of another capture
    public void OpenAndClose_Contradiction_IsAMatterForPeople(string currency, long amount, bool isKnown, string ofItem)
    {
        var known = isKnown ? Known with { ItemId = Merchant.Derive(IdPrefix.Item, ofItem) } : null;
        AssertNothing(NoticeEnd.Refused, DisputeRules.Open(Item, known, Opened with { Amount = amount, Currency = currency }, Now));
        AssertNothing(NoticeEnd.Refused, DisputeRules.Close(Item, known, Won with { Amount = amount, Currency = currency }, 15_00, Now));
    }

    [Theory]
    [InlineData("USD", 15_00)]
    [InlineData("JPY", 15)]
    [InlineData("KWD", 15_000)]
    public void LostFee_Currency_HasItsDecimals(string currency, long fee) => Assert.Equal(fee, DisputeRules.LostFee(15_00, Currency.Parse(currency)));

    private static void AssertNothing(NoticeEnd end, DisputeDecision decision)
    {
        Assert.Equal(end, decision.Outcome.End);
        Assert.Null(decision.Dispute);
        Assert.Equal(end == NoticeEnd.Applied, decision.Outcome.Reason is null);
    }
}
