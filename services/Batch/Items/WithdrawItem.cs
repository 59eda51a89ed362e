using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.Storage;

namespace PayFlow.Batch.Items;

/// <summary>
/// Takes a capture's item out of settlement for a refund that may then void the capture. Each refund is answered once and for good: a question that comes
/// again, however late, gets the first answer, and one that comes after the refund's failure gets nothing any more.
/// </summary>
internal sealed class WithdrawItem(Shards shards, TimeProvider time, ILogger<WithdrawItem> log)
{
    /// <summary>
    /// True: the item is, or will be as it comes, in no batch until the refund has failed. False: it is sealed, or another refund has it.
    /// </summary>
    /// <exception cref="RefusedException">The refund asked for another capture before.</exception>
    public async Task<bool> RunAsync(Id payment, Id capture, Id refund, CancellationToken cancel)
    {
        await using var transaction = await shards.BeginAsync(capture.Slot, cancel);
        await WithdrawalSql.LockAsync(transaction, [capture.Slot], cancel);
        if (await WithdrawalSql.FindAsync(transaction, refund, cancel) is { } known)
        {
            return known.Capture == capture ? known.State == "withdrawn" : throw new RefusedException(new Refusal(
                RefusalKind.Mismatch, "refund_of_another_capture", $"The refund {refund} asked for the item of {known.Capture} before. A refund voids one capture."));
        }

        var withdrawn = await WithdrawalSql.TryTakeAsync(transaction, capture, cancel);
        await WithdrawalSql.InsertAsync(transaction, [new Withdrawal(refund, capture, withdrawn ? "withdrawn" : "refused", time.GetUtcNow())], cancel);
        CrashPoint.Hit("batch.withdrawal.written");
        await transaction.CommitAsync(cancel);
        CrashPoint.Hit("batch.withdrawal.committed");
        log.Answered(refund, payment, capture, withdrawn);
        return withdrawn;
    }
}

internal static partial class WithdrawItemLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Refund {Refund} of {Payment} asked to withdraw the item of {Capture}: {Withdrawn}")]
    public static partial void Answered(this ILogger log, Id refund, Id payment, Id capture, bool withdrawn);
}
