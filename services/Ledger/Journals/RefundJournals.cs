using PayFlow.Contracts.Events.V1;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Journals;

/// <summary>
/// What refunds post: money of the merchant's is set aside when one is asked for, and taken when the acquirer gave it back. A refund may come before the
/// settlement of what it refunds and overdraw the merchant meanwhile: it happened.
/// </summary>
internal static class RefundJournals
{
    /// <summary>Sets the amount aside, so that no payout takes it.</summary>
    public static IReadOnlyList<NewTransfer> Requested(RefundRequested requested, PaymentFacts facts, PaymentBook book)
    {
        var ids = Ids.Of(requested.OperationId);
        return book.SetAside(ids.Pending, ids.Refund, ids.Release)
            ? [Take(ids.Pending, TransferKind.Pending, requested.Amount, requested.Acquirer, reference: "", facts)]
            : [];
    }

    /// <summary>
    /// Takes what was set aside; what nobody set aside was given back all the same, and is taken at once. A capture that was voided instead has nothing of the
    /// merchant's to take but what waits for its settlement.
    /// </summary>
    public static IReadOnlyList<NewTransfer> Refunded(PaymentRefunded refunded, PaymentFacts facts, PaymentBook book)
    {
        var ids = Ids.Of(refunded.OperationId);
        if (refunded.VoidedCaptureOperationId.Length > 0)
        {
            return
            [
                facts.Transfer(ids.VoidCapture, TransferKind.Posted, TransferType.VoidCapture, refunded.ExternalRefundId) with
                {
                    Debit = facts.MerchantPending,
                    Credit = facts.Receivable(refunded.Acquirer),
                    Amount = refunded.Amount,
                },
            ];
        }

        var refund = Take(ids.Refund, TransferKind.Posted, refunded.Amount, refunded.Acquirer, refunded.ExternalRefundId, facts);
        return book.Free(ids.Pending, ids.Refund) is { } pending
            ? [refund with { Kind = TransferKind.PostPending, PendingId = pending, Debit = default, Credit = default }]
            : [refund];
    }

    /// <summary>What was set aside is the merchant's again; nothing was for a void.</summary>
    public static IReadOnlyList<NewTransfer> Failed(RefundFailed failed, PaymentFacts facts, PaymentBook book)
    {
        var ids = Ids.Of(failed.OperationId);
        return book.Free(ids.Pending, ids.Release) is { } pending
            ? [facts.Transfer(ids.Release, TransferKind.VoidPending, TransferType.Release, reference: "") with { PendingId = pending }]
            : [];
    }

    private static NewTransfer Take(Id id, TransferKind kind, long amount, string acquirer, string reference, PaymentFacts facts) =>
        facts.Transfer(id, kind, TransferType.Refund, reference) with
        {
            Debit = facts.MerchantAvailable,
            Credit = facts.Receivable(acquirer),
            Amount = amount,
        };

    /// <summary>The transfers of a refund, whichever of them there will be.</summary>
    private sealed record Ids(Id Pending, Id Refund, Id Release, Id VoidCapture)
    {
        public static Ids Of(string operationId)
        {
            var operation = Id.Parse(IdPrefix.Operation, operationId);
            return new Ids(
                operation.Derive(IdPrefix.Transfer, $"{TransferType.Refund}:pending"), operation.Derive(IdPrefix.Transfer, TransferType.Refund),
                operation.Derive(IdPrefix.Transfer, TransferType.Release), operation.Derive(IdPrefix.Transfer, TransferType.VoidCapture));
        }
    }
}
