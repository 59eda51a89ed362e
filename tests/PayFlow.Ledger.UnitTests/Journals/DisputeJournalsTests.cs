using PayFlow.Contracts.Events.V1;
using PayFlow.Ledger.Journals;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;
using static PayFlow.Ledger.UnitTests.Journals.Happening;

namespace PayFlow.Ledger.UnitTests.Journals;

public sealed class DisputeJournalsTests
{
    private readonly MemoryLedger _ledger = new();

    /// <summary>Captured 60.00, settled for a fee of 2.04, deposited less 0.17: nothing is open at the acquirer.</summary>
    public DisputeJournalsTests() =>
        _ledger.Apply(Authorized(60_00), Captured("c", 60_00, 0, isFinal: true), Settled("c", 60_00, 2_04, line: 1), Deposited(60_00, 17));

    [Fact]
    public void Of_DisputeOpened_HoldsTheMerchantsMoneyAndClearsTheDebit()
    {
        Assert.All(_ledger.Apply(Disputed("d", 40_00)), result => Assert.Equal(TransferRefusal.Created, result));

        Assert.Equal((17_96, 40_00, 40_00, 0, 19_83), Now());
        Assert.Equal((2_04, 17), (Posted("processing_revenue"), Posted("acquirer_fees")));
        Assert.All(Of("chargeback_hold").Concat(Of("deposit").Where(line => line.ExternalReference == "nbx_d_debit")), line => Assert.Equal((Sample.Payment, 40_00L), (line.PaymentId!.Value, line.Amount)));
    }

    [Fact]
    public void Of_DisputeWon_LeavesTheBooksAsTheyWere()
    {
        var before = Now();
        _ledger.Apply(Disputed("d", 40_00), DisputeWon("d", 40_00));

        Assert.Equal(before, Now());
        Assert.Equal((57_96, 0, 0, 0, 59_83), before);
        Assert.Equal(["chargeback_hold", "chargeback_hold", "chargeback_won", "chargeback_won"], Types("chargeback"));
    }

    [Fact]
    public void Of_DisputeLost_CostsTheMerchantTheMoneyAndTheFee()
    {
        _ledger.Apply(Disputed("d", 40_00), DisputeLost("d", 40_00, fee: 15_00));

        Assert.Equal((2_96, 0, 0, 0, 19_83), Now());
        Assert.Equal(17_04, Posted("processing_revenue"));
        Assert.Equal(["chargeback_hold", "chargeback_hold", "chargeback_lost"], Types("chargeback"));
    }

    [Fact]
    public void Of_DisputeLostWithoutAFee_HasNoLineForIt() => Assert.Single(_ledger.Apply(DisputeLost("d", 40_00, fee: 0)));

    [Fact]
    public void Of_MerchantWithoutMoney_OverdrawsBecauseItHappened()
    {
        _ledger.Apply(Refunded("r", 60_00));
        Assert.Equal(-2_04, Posted(Merchant("available")));
        Assert.All(_ledger.Apply(Disputed("d", 60_00), DisputeLost("d", 60_00, 15_00)), result => Assert.Equal(TransferRefusal.Created, result));
        Assert.Equal((-77_04, 0, 0, -60_00), (Posted(Merchant("available")), Posted(Merchant("reserve")), Posted("chargeback_clearing/northbank"), Posted("acquirer_receivable/northbank")));
    }

    [Fact]
    public void Of_DecisionBeforeItsOpening_Converges()
    {
        _ledger.Apply(DisputeLost("d", 40_00, 15_00));
        Assert.Equal((-40_00, -40_00), (Posted(Merchant("reserve")), Posted("chargeback_clearing/northbank")));
        _ledger.Apply(Disputed("d", 40_00));
        Assert.Equal((2_96, 0, 0, 0, 19_83), Now());
    }

    [Fact]
    public void Of_SameAgain_Exists()
    {
        object[] happened = [Disputed("d", 40_00), DisputeWon("d", 40_00), Disputed("e", 20_00), DisputeLost("e", 20_00, 15_00)];
        _ledger.Apply(happened);
        var before = Now();
        Assert.All(_ledger.Apply(happened), result => Assert.Equal(TransferRefusal.Exists, result));
        Assert.Equal(before, Now());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_OtherDecisionOfTheSameDispute_CanNotBePosted(bool wonFirst)
    {
        ReconciliationEvent[] decisions = [DisputeWon("d", 40_00), DisputeLost("d", 40_00, 15_00)];
        _ledger.Apply(Disputed("d", 40_00), decisions[wonFirst ? 0 : 1]);
        var before = Now();
        Assert.DoesNotContain(_ledger.Apply(decisions[wonFirst ? 1 : 0]), result => result.IsInTheBooks());
        Assert.Equal(before, Now());
    }

    [Fact]
    public void Of_OutcomeOfALaterVersion_IsNotPassedOver()
    {
        var decided = DisputeWon("d", 40_00);
        decided.DisputeClosed.Outcome = (DisputeOutcome)7;
        Assert.Throws<FormatException>(() => ReconciliationJournals.Of(decided, Bank));
    }

    [Fact]
    public void MovesMoney_WhatThePaymentTells_IsPostedFromElsewhere()
    {
        Assert.False(PaymentJournals.MovesMoney(Payment(null, new() { Disputed = new() { Amount = 1 } })));
        Assert.False(PaymentJournals.MovesMoney(Payment(null, new() { DisputeDecided = new() { Amount = 1 } })));
    }

    private static string Merchant(string purpose) => $"merchant/{Sample.Merchant}/{purpose}";

    private (long Available, long Reserve, long Clearing, long Receivable, long Bank) Now() => (
        Posted(Merchant("available")), Posted(Merchant("reserve")), Posted("chargeback_clearing/northbank"), Posted("acquirer_receivable/northbank"), Posted("bank_cash/house"));

    private long Posted(string path) => _ledger.Of(path).Posted;

    private IEnumerable<Transfer> Of(string type) => _ledger.Books.Transfers.Values.Where(transfer => transfer.Type == type);

    private IEnumerable<string> Types(string prefix) =>
        _ledger.Books.Transfers.Values.Select(transfer => transfer.Type).Where(type => type.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
}
