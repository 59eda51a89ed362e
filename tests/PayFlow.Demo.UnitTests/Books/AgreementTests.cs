using PayFlow.Contracts.Auth.V1;
using PayFlow.Contracts.Batch.V1;
using PayFlow.Contracts.Common.V1;
using PayFlow.Contracts.Ledger.V1;
using PayFlow.Contracts.Reconciler.V1;
using PayFlow.Demo.Books;
using Record = PayFlow.Contracts.Reconciler.V1.Record;

namespace PayFlow.Demo.UnitTests.Books;

/// <summary>One settled payment in all five books; then each book lies once, and the comparison must see it.</summary>
public sealed partial class AgreementTests
{
    private readonly Payment _payment = new()
    {
        PaymentId = "pay_1", MerchantId = "mer_1", Mode = Mode.Test, Status = "settled", Currency = "USD", Amount = 1000, Authorized = 1000, Captured = 1000, Settled = 1000,
        Acquirer = "northbank", ExternalId = "nb_1",
        Operations =
        {
            new Operation { OperationId = "op_a", Kind = "authorize", Amount = 1000, State = "succeeded", ExternalId = "nb_1" },
            new Operation { OperationId = "op_c", Kind = "capture", Amount = 1000, State = "succeeded", ExternalId = "nbc_1" },
        },
        Attempts = { new Attempt { AttemptId = "att_1", OperationId = "op_a", Acquirer = "northbank", Reference = "att_1", State = "approved", ExternalId = "nb_1" } },
    };

    private readonly List<Payment> _others = [];

    private readonly List<Transfer> _transfers =
    [
        Entry("auth_hold", TransferKind.Pending, "acquirer_receivable/northbank", "merchant/mer_1/pending", 1000, "posted"),
        Entry("capture", TransferKind.PostPending, "acquirer_receivable/northbank", "merchant/mer_1/pending", 1000),
        Entry("settle", TransferKind.Posted, "merchant/mer_1/pending", "merchant/mer_1/available", 1000),
        Entry("deposit", TransferKind.Posted, "bank_cash/sandbox", "acquirer_receivable/northbank", 1000),
    ];

    private readonly Account _pending = new() { Name = Name("merchant/mer_1/pending"), LedgerBalance = 0 };
    private readonly Account _receivable = new() { Name = Name("acquirer_receivable/northbank"), LedgerBalance = 0 };
    private readonly List<Account> _held = [];   // for disputes
    private readonly TrialBalanceLine _balance = new() { Mode = Mode.Test, Currency = "USD", Debits = 3000, Credits = 3000, Transfers = 4 };

    private readonly List<Item> _items = [new()
    {
        ItemId = "itm_1", Kind = "capture", PaymentId = "pay_1", OperationId = "op_c", Acquirer = "northbank", ExternalId = "nbc_1", Amount = 1000, State = "settled", AmountSettled = 1000,
    }];

    private readonly List<Record> _records = [new() { ItemId = "itm_1", PaymentId = "pay_1", State = "matched", Expected = 1000, Settled = 1000 }];
    private readonly List<AcquirerAuthorization> _acquirer = [new("northbank", "att_1", "nb_1", "captured", 1000, "USD", [new("op_c", "nbc_1", 1000, 1000)], [])];

    [Fact]
    public void Of_BooksThatAgree_Holds() => Assert.Empty(Compare().Differences);

    [Theory]
    [InlineData("requires_action", 0)]   // the payer's turn
    [InlineData("processing", 1)]        // ours
    public void Of_AuthorizationPending_DiffersUnlessItIsThePayersTurn(string status, int differences)
    {
        _others.Add(new Payment
        {
            PaymentId = "pay_2", MerchantId = "mer_1", Mode = Mode.Test, Status = status, Currency = "USD", Amount = 500,
            Operations = { new Operation { OperationId = "op_2", Kind = "authorize", Amount = 500, State = "pending" } },
        });
        Assert.Equal(differences, Compare().Differences.Count);
    }

    [Fact]
    public void Of_AuthorizedTwiceAtTheAcquirers_IsFound()
    {
        _payment.Attempts.Add(new Attempt { AttemptId = "att_2", Acquirer = "harbor", Reference = "att_2", State = "declined" });
        _acquirer.Add(new AcquirerAuthorization("harbor", "att_2", "hb_2", "approved", 1000, "USD", [], []));
        AssertFound("hold 2 authorizations");
    }

    [Fact]
    public void Of_AuthorizationNobodyKnows_IsFound()
    {
        _acquirer.Add(new AcquirerAuthorization("harbor", "att_9", "hb_9", "approved", 500, "USD", [], []));
        AssertFound("which no payment knows");
    }

    [Fact]
    public void Of_AcquirerHasAnotherAmount_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Amount = 1001 };
        AssertFound("with 1001");
    }

    [Fact]
    public void Of_AcquirerHasNoCapture_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Captures = [] };
        AssertFound("captures of nothing");
    }

    [Fact]
    public void Of_EmptyLedgerThatBalances_IsFound()
    {
        _transfers.Clear();
        AssertFound("The ledger is empty");
    }

    [Theory]
    [InlineData("auth_hold", "the ledger holds")]
    [InlineData("capture", "the ledger posted")]
    [InlineData("settle", "the ledger settled")]
    [InlineData("deposit", "acquirer_receivable/northbank")]
    public void Of_JournalLost_IsFound(string type, string difference)
    {
        _transfers.RemoveAll(transfer => transfer.Type == type);
        AssertFound(difference);
    }

    [Fact]
    public void Of_JournalDoubled_IsFound()
    {
        _transfers.Add(_transfers[1]);
        AssertFound("the ledger posted 2000");
    }

    [Fact]
    public void Of_UnbalancedLedger_IsFound()
    {
        _balance.Debits++;
        AssertFound("trial balance");
    }

    [Fact]
    public void Of_MerchantBalanceOff_IsFound()
    {
        _pending.LedgerBalance = 1;
        AssertFound("merchant/mer_1/pending");
    }

    [Fact]
    public void Of_HoldLeftOpen_IsFound()
    {
        _transfers[0].PendingState = "pending";
        AssertFound("still holds 1 pending");
    }

    [Fact]
    public void Of_ItemOfAnotherAmount_IsFound()
    {
        _items[0].Amount = 999;
        AssertFound("batch items");
    }

    [Fact]
    public void Of_SettledTwiceWithoutException_IsFound()
    {
        _acquirer[0] = _acquirer[0] with { Captures = [new("op_c", "nbc_1", 1000, 2000)] };
        AssertFound("there is no exception");
    }

    [Fact]
    public void Of_ReconcilerMissedTheSettlement_IsFound()
    {
        _records[0].Settled = 0;
        AssertFound("the reconciler has 0");
    }

    [Fact]
    public void Of_PaymentNotYetDecided_IsFound()
    {
        _payment.Status = "processing";
        AssertFound("still processing");
    }

    [Fact]
    public void Of_AttemptOfUnknownOutcome_IsFound()
    {
        _payment.Attempts[0].State = "unknown";
        AssertFound("is unknown");
    }

    [Fact]
    public void Of_AcknowledgedAndGone_IsFound() => AssertFound("not there", new Acknowledged("pay_2", 1000, 0));

    [Fact]
    public void Of_AcknowledgedMoreThanThereIs_IsFound() => AssertFound("was told", new Acknowledged("pay_1", 1000, 1001));

    [Fact]
    public void Of_VoidedAndReversedAtTheAcquirer_Holds()
    {
        Void();
        Assert.Empty(Compare().Differences);
    }

    [Fact]
    public void Of_VoidedButStillHeldAtTheAcquirer_IsFound()
    {
        Void();
        _acquirer[0] = _acquirer[0] with { State = "approved" };
        AssertFound("northbank holds 1000; here nothing is held (voided)");
    }

    [Fact]
    public void Of_VoidedButStillHeldInTheLedger_IsFound()
    {
        Void();
        _transfers[0].PendingState = "pending";
        AssertFound("still holds 1 pending");
    }

    [Fact]
    public void Of_PayerIsAsked_HoldsUntilAnAcquirerHoldsMoney()
    {
        Void();
        (_payment.Status, _payment.Authorized) = ("requires_action", 0);
        _payment.Operations.RemoveAt(1);
        _payment.Operations[0].State = "pending";
        _transfers.Clear();
        Assert.Empty(Compare().Differences);

        _acquirer[0] = _acquirer[0] with { State = "approved" };
        AssertFound("here nothing is held (requires_action)");
    }

    [Fact]
    public void Of_CaptureNotYetDecided_IsFound()
    {
        _payment.Operations[1].State = "pending";
        AssertFound("capture op_c is still pending");
    }

    // The payment as it is when it was voided instead of captured, in all books.
    private void Void()
    {
        (_payment.Status, _payment.Captured, _payment.Settled) = ("voided", 0, 0);
        _payment.Operations[1].Kind = "void";
        _transfers.RemoveAll(transfer => transfer.Type != "auth_hold");
        _transfers[0].PendingState = "voided";
        _items.Clear();
        _records.Clear();
        _acquirer[0] = _acquirer[0] with { State = "reversed", Captures = [] };
    }

    private void AssertFound(string difference, params Acknowledged[] acknowledged)
    {
        var agreement = Compare(acknowledged);
        Assert.False(agreement.Holds);
        Assert.Contains(agreement.Differences, found => found.Contains(difference, StringComparison.Ordinal));
    }

    private Agreement Compare(params Acknowledged[] acknowledged) =>
        Agreement.Of(new BooksModel([_payment, .. _others], _transfers, [_pending, _receivable, .. _held], [_balance], _items, _records, [], _acquirer), acknowledged);

    private static Transfer Entry(string type, TransferKind kind, string debit, string credit, long amount, string pendingState = "") => new()
    {
        TransferId = $"tr_{type}", Type = type, Kind = kind, Debit = Name(debit), Credit = Name(credit), Amount = amount, PaymentId = type == "deposit" ? "" : "pay_1", PendingState = pendingState,
    };

    private static AccountName Name(string path) => new() { Path = path, Mode = Mode.Test, Currency = "USD" };
}
