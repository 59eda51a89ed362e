using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Notices;

namespace PayFlow.Sandbox.BankAccounts;

/// <summary>A debit that the payer's bank takes back.</summary>
/// <param name="CaptureId">The acquirer's id of the debit.</param>
/// <param name="Amount">Minor units: always all of it.</param>
/// <param name="Reason">NACHA's R-code.</param>
/// <param name="DebitReference">What the acquirer calls the debit of our bank account; null when it was never settled, and nothing is taken from us.</param>
/// <param name="DueAt">From when it is told, UTC.</param>
public sealed record BankReturn(string Acquirer, string ExternalId, string CaptureId, long Amount, string Currency, string Reason, string? DebitReference, DateTimeOffset DueAt)
{
    public const string NoticeType = "debit_returned";

    /// <summary>Banks that know at once that there is nothing to debit say so before the settlement; the others have settled by then.</summary>
    public static bool IsBeforeSettlement(string reason) => reason is "R02" or "R03";

    /// <summary>What becomes of a debit whose account is made to return it.</summary>
    /// <param name="settledAt">When the debit is settled, UTC.</param>
    public static BankReturn Of(Acquirer acquirer, ReturningDebit debit, DateTimeOffset takenAt, DateTimeOffset settledAt, TimeSpan businessDay)
    {
        var early = IsBeforeSettlement(debit.Reason);
        return new BankReturn(
            acquirer.Code,
            acquirer.NewReturnId(takenAt),
            debit.CaptureId,
            debit.Amount,
            debit.Currency,
            debit.Reason,
            early ? null : acquirer.NewDebitId(takenAt),
            (early ? takenAt : settledAt) + businessDay);
    }

    public NewNotice ToNotice() => NewNotice.Of(NoticeType, DueAt, new Told(ExternalId, CaptureId, Amount, Currency, Reason, DebitReference));

    private sealed record Told(string Return, string Capture, long Amount, string Currency, string Reason, string? DebitReference);
}

/// <summary>A debit of a batch whose account is made to return it.</summary>
/// <param name="Amount">Minor units.</param>
public sealed record ReturningDebit(string CaptureId, long Amount, string Currency, string Reason);
