using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class ReturningTests
{
    [Fact]
    public void Returned_ADebit_IsTakenBackWholeAndTold()
    {
        var debited = Make.Settled(Make.Captured(Make.Debit(), 100), 100);
        var operation = Make.NewId(IdPrefix.Operation);
        var change = PaymentChange.Of(debited, Make.Now).Returned(debited.Operations[^1], new BankReturn(operation, 100, "R10", "ksb_1"), Make.Now);
        Assert.Equal((PaymentStatus.Returned, 100L, 100L, 0L), (change.After.Status, change.After.Amounts.Returned, change.After.Amounts.Settled, change.After.Amounts.Unrefunded));
        var told = Assert.Single(change.Events);
        Assert.Equal(("payment.returned", "returned"), (told.Type, told.Message.Status));
        Assert.Equal(
            (operation.ToString(), debited.Operations[^1].Id.ToString(), 100L, "R10", "keystone", "ksb_1"),
            (told.Message.Returned.OperationId, told.Message.Returned.CaptureOperationId, told.Message.Returned.Amount, told.Message.Returned.Reason, told.Message.Returned.Acquirer,
                told.Message.Returned.ExternalId));
        var line = Assert.Single(change.History);
        Assert.Equal(("payment.returned", PaymentStatus.Settled, PaymentStatus.Returned), (line.Type, line.Previous, line.Status));
        Assert.Equal((OperationKind.Return, OperationState.Succeeded, "R10"), (change.After.Operations[^1].Kind, change.After.Operations[^1].State, change.After.Operations[^1].DeclineCode));
        Assert.Null(change.After.Pending);
    }

    // More went back than came, which is so: it is for the ledger to show, and nothing to refuse.
    [Fact]
    public void Returned_AfterARefund_LeavesNothingRefundable()
    {
        var refunded = Make.Refunded(Make.Captured(Make.Debit(), 100), 40);
        var returned = Make.Returned(refunded);
        Assert.Equal((40L, 100L, 0L), (returned.Amounts.Refunded, returned.Amounts.Returned, returned.Amounts.Unrefunded));
    }

    [Fact]
    public void ReserveCapture_OfABankAccount_IsAlwaysTheLast()
    {
        var capturing = Make.Capturing(Make.Debit(), 40);
        Assert.True(capturing.Pending!.IsFinal);
        Assert.Equal((40L, 60L, 0L), (capturing.Amounts.Capturing, capturing.Amounts.Releasing, capturing.Amounts.Uncaptured));
        Assert.False(Make.Capturing(Make.Authorized(), 40).Pending!.IsFinal);
    }
}
