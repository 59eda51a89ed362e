using PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Demo.UnitTests.Books;

/// <summary>The payment as a bank debit that the payer's bank took back, before its settlement or after it; then each book lies about that once.</summary>
public sealed partial class AgreementTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_Returned_Holds(bool isSettled)
    {
        Return(isSettled);
        Assert.Empty(Compare().Differences);
    }

    [Fact]
    public void Of_ReturnThatOnlyTheAcquirerKnows_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Captures = [_acquirer[0].Captures[0] with { Returned = 1000 }] };
        AssertFound("northbank returned 1000; here 0 are returned");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Of_JournalOfAReturnLost_IsFound(bool isSettled)
    {
        Return(isSettled);
        _transfers.RemoveAll(transfer => transfer.Type == "return");
        AssertFound("the ledger took 0 for returns; the payment has 1000 returned");
    }

    [Fact]
    public void Of_DebitForAReturnLost_IsFound()
    {
        Return(isSettled: true);
        _transfers.RemoveAt(_transfers.Count - 1);
        AssertFound("acquirer_receivable/northbank USD holds 0; captured less refunded, disputed, returned and deposited is -1000");
    }

    [Fact]
    public void Of_PendingThatAReturnLeft_IsFound()
    {
        Return(isSettled: false);
        _pending.LedgerBalance = 1000;
        AssertFound("merchant/mer_1/pending USD holds 1000; captured less settled, voided and returned of its payments is 0");
    }

    [Fact]
    public void Of_UnsettledItemThatNobodyReturned_IsFoundWithoutAnException()
    {
        Return(isSettled: false);
        _records[0].State = "rejected";
        AssertFound("was settled with 0 and there is no exception");
    }

    private void Return(bool isSettled)
    {
        (_payment.Status, _payment.Returned) = ("returned", 1000);
        _acquirer[0] = _acquirer[0] with { Captures = [_acquirer[0].Captures[0] with { Returned = 1000, Settled = isSettled ? 1000 : 0 }] };
        if (isSettled)
        {
            _transfers.Add(Entry("return", TransferKind.Posted, "merchant/mer_1/available", "acquirer_receivable/northbank", 1000));
            _transfers.Add(Entry("deposit", TransferKind.Posted, "acquirer_receivable/northbank", "bank_cash/sandbox", 1000));
            return;
        }

        _payment.Settled = 0;
        (_items[0].State, _items[0].AmountSettled) = ("rejected", 0);
        (_records[0].State, _records[0].Settled) = ("returned", 0);
        _transfers.RemoveAll(transfer => transfer.Type is "settle" or "deposit");
        _transfers.Add(Entry("return", TransferKind.Posted, "merchant/mer_1/pending", "acquirer_receivable/northbank", 1000));
    }
}
