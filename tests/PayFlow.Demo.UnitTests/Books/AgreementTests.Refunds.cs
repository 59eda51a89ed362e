using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Demo.Books;
using Record = PayFlow.Contracts.Reconciler.V1.Record;

namespace PayFlow.Demo.UnitTests.Books;

/// <summary>The payment as before, refunded in part or its capture voided; then each book lies about that once.</summary>
public sealed partial class AgreementTests
{
    [Fact]
    public void Of_RefundedInPart_Holds()
    {
        Refund();
        Assert.Empty(Compare().Differences);
        Assert.Empty(Compare(new Acknowledged("pay_1", 1000, 1000, 400)).Differences);
    }

    [Fact]
    public void Of_RefundAcknowledgedAndGone_IsFound() => AssertFound("was told", new Acknowledged("pay_1", 1000, 1000, 400));

    [Theory]
    [InlineData("refund", "the ledger refunded 0; the payment 400")]
    [InlineData("refund deposit", "acquirer_receivable/northbank USD holds 0")]
    public void Of_JournalOfARefundLost_IsFound(string id, string difference)
    {
        Refund();
        _transfers.RemoveAll(transfer => transfer.TransferId == $"tr_{id}");
        AssertFound(difference);
    }

    [Fact]
    public void Of_RefundDoubledInTheLedger_IsFound()
    {
        Refund();
        _transfers.Add(_transfers.Single(transfer => transfer.TransferId == "tr_refund"));
        AssertFound("the ledger refunded 800; the payment 400");
    }

    [Fact]
    public void Of_RefundStillSetAside_IsFound()
    {
        Refund();
        _transfers.Add(Entry("refund", TransferKind.Pending, "merchant/mer_1/available", "acquirer_receivable/northbank", 50, "pending"));
        AssertFound("still sets 50 aside");
    }

    [Fact]
    public void Of_RefundedAmountThatNoRefundExplains_IsFound()
    {
        Refund();
        _payment.Refunded++;
        AssertFound("refunded is 401; its refunds come to 400");
    }

    [Fact]
    public void Of_RefundReservedAndNotRunning_IsFound()
    {
        _payment.Refunding = 5;
        AssertFound("has 5 reserved for a refund");
    }

    [Fact]
    public void Of_AcquirerHasNoRefund_IsFound()
    {
        Refund();
        _acquirer[0] = _acquirer[0] with { Refunds = [] };
        AssertFound("northbank has refunds of nothing; here of 400");
    }

    [Fact]
    public void Of_AcquirerRefundedWhatNobodyKnows_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Refunds = [new("op_r", "nbr_1", 400, 0)] };
        AssertFound("northbank has refunds of 400; here of nothing");
    }

    [Theory]
    [InlineData("capture", -400)]
    [InlineData("refund", -399)]
    [InlineData("refund", 400)]
    public void Of_RefundsItemThatIsAnother_IsFound(string kind, long amount)
    {
        Refund();
        (_items[1].Kind, _items[1].Amount) = (kind, amount);
        AssertFound("refund op_r of 400 has 1 batch items");
    }

    [Fact]
    public void Of_RefundsItemLost_IsFound()
    {
        Refund();
        _items.RemoveAt(1);
        AssertFound("refund op_r of 400 has 0 batch items");
    }

    [Fact]
    public void Of_RefundsItemOfNoRefund_IsFound()
    {
        Refund();
        _payment.Operations[2].State = "failed";
        AssertFound("batch has item itm_2 of refund op_r");
    }

    [Fact]
    public void Of_ReconcilerMissedTheRefund_IsFound()
    {
        Refund();
        _records[1].Settled = 0;
        AssertFound("northbank settled 400 for refund op_r; the reconciler has 0");
    }

    [Fact]
    public void Of_RefundTakenShortWithoutException_IsFound()
    {
        Refund();
        _acquirer[0] = _acquirer[0] with { Refunds = [new("op_r", "nbr_1", 400, 300)] };
        _records[1].Settled = -300;
        AssertFound("refund op_r of 400 was settled with 300 and there is no exception");
    }

    [Fact]
    public void Of_CaptureVoidedBeforeItsSettlement_Holds()
    {
        VoidCapture();
        Assert.Empty(Compare().Differences);
    }

    [Fact]
    public void Of_CaptureVoidedHereOnly_IsFound()
    {
        VoidCapture();
        _acquirer[0] = _acquirer[0] with { Captures = [new("op_c", "nbc_1", 1000, 0)] };
        AssertFound("northbank has voided nothing; here op_c");
    }

    [Fact]
    public void Of_CaptureVoidedThereOnly_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Captures = [new("op_c", "nbc_1", 1000, 1000, Voided: true)] };
        AssertFound("northbank has voided op_c; here nothing");
    }

    [Fact]
    public void Of_JournalOfAVoidLost_IsFound()
    {
        VoidCapture();
        _transfers.RemoveAll(transfer => transfer.Type == "void_capture");
        AssertFound("the ledger took back 0 of captures; voided is 1000");
    }

    [Fact]
    public void Of_VoidLeftInTheMerchantsPending_IsFound()
    {
        VoidCapture();
        _pending.LedgerBalance = 1000;
        AssertFound("captured less settled, voided and returned of its payments is 0");
    }

    [Theory]
    [InlineData("open")]
    [InlineData("sealed")]
    public void Of_VoidedCaptureThatIsStillToBeSettled_IsFound(string state)
    {
        VoidCapture();
        _items[0].State = state;
        AssertFound($"capture op_c is voided; its batch item is {state}");
    }

    [Fact]
    public void Of_CaptureWithdrawnAndNotVoided_IsFound()
    {
        _items[0].State = "withdrawn";
        AssertFound("capture op_c is not voided; its batch item is withdrawn");
    }

    [Fact]
    public void Of_VoidedCaptureThatWasSettled_IsFound()
    {
        VoidCapture();
        _acquirer[0] = _acquirer[0] with { Captures = [new("op_c", "nbc_1", 1000, 1000, Voided: true)] };
        AssertFound("capture op_c was withdrawn; northbank settled 1000");
    }

    // The payment as it is when 400 were refunded after the settlement and settled in a second batch.
    private void Refund()
    {
        (_payment.Status, _payment.Refunded) = ("partially_refunded", 400);
        _payment.Operations.Add(new Operation { OperationId = "op_r", Kind = "refund", Amount = 400, State = "succeeded", ExternalId = "nbr_1" });
        _transfers.Add(Entry("refund", TransferKind.PostPending, "merchant/mer_1/available", "acquirer_receivable/northbank", 400));
        _transfers.Add(Entry("deposit", TransferKind.Posted, "acquirer_receivable/northbank", "bank_cash/sandbox", 400));
        _transfers[^1].TransferId = "tr_refund deposit";
        _items.Add(new Item
        {
            ItemId = "itm_2", Kind = "refund", PaymentId = "pay_1", OperationId = "op_r", Acquirer = "northbank", ExternalId = "nbr_1", Amount = -400, State = "settled", AmountSettled = -400,
        });
        _records.Add(new Record { ItemId = "itm_2", PaymentId = "pay_1", State = "matched", Expected = -400, Settled = -400 });
        _acquirer[0] = _acquirer[0] with { Refunds = [new("op_r", "nbr_1", 400, 400)] };
    }

    // The payment as it is when its capture was voided instead of settled.
    private void VoidCapture()
    {
        (_payment.Status, _payment.Refunded, _payment.Settled) = ("refunded", 1000, 0);
        _payment.Operations.Add(new Operation { OperationId = "op_r", Kind = "refund", Amount = 1000, State = "succeeded", ExternalId = "nbv_1", VoidedCaptureOperationId = "op_c" });
        _transfers.RemoveAll(transfer => transfer.Type is "settle" or "deposit");
        _transfers.Add(Entry("void_capture", TransferKind.Posted, "merchant/mer_1/pending", "acquirer_receivable/northbank", 1000));
        (_items[0].State, _items[0].AmountSettled) = ("withdrawn", 0);
        _records.Clear();
        _acquirer[0] = _acquirer[0] with { State = "voided", Captures = [new("op_c", "nbc_1", 1000, 0, Voided: true)] };
    }
}
