using PayFlow.Kernel;
using PayFlow.Reconciler.Matching;
using PayFlow.Reconciler.Notices;

namespace PayFlow.Reconciler.Returns;

/// <summary>What a notice makes of a return, and what becomes of the notice.</summary>
/// <param name="Return">To be written; null when nothing changes.</param>
internal sealed record ReturnDecision(NoticeOutcome Outcome, BankReturn? Return = null);

/// <summary>A notice against what is known of an item. Pure. The same notice again, under whatever number, changes nothing.</summary>
internal static class ReturnRules
{
    /// <param name="known">What is known of the item's return; an item is returned once, and whole.</param>
    public static ReturnDecision Decide(NamedItem item, BankReturn? known, ReturnedNotice told, DateTimeOffset at)
    {
        if (Contradiction(item, known, told) is { } contradiction)
        {
            return new ReturnDecision(NoticeOutcome.Refused(contradiction));
        }

        return known is not null
            ? new ReturnDecision(NoticeOutcome.Applied)
            : new ReturnDecision(NoticeOutcome.Applied, new BankReturn(
                item.CaptureId.Derive(IdPrefix.Operation, "return"), item.ItemId, told.Return, told.Amount, told.Reason, told.DebitReference, at));
    }

    /// <summary>The item's state with the return: what was settled stays so, and the money leaves by the debit of our bank account.</summary>
    public static RecordState StateWith(NamedItem item, BankReturn returned) => returned.DebitReference is null ? RecordState.Returned : item.State;

    /// <summary>Whether the return explains an exception that was opened for its item: nothing more will be paid for it.</summary>
    public static bool Explains(BankReturn returned, string exceptionKind) => returned.DebitReference is null && exceptionKind is ("missing_there" or "rejected");

    private static string? Contradiction(NamedItem item, BankReturn? known, ReturnedNotice told) =>
        told.Currency != item.Facts.Currency.Code ? $"The capture is of {item.Facts.Currency}, the return of {told.Currency}."
        : told.Amount != item.Expected ? $"The capture is of {item.Expected}, the return of {told.Amount}: a debit is returned whole."
        : known is not null && known.ExternalId != told.Return ? $"The capture was returned as '{known.ExternalId}' before."
        : known is not null && known.DebitReference != told.DebitReference ? $"The return '{told.Return}' is known with another debit of our account."
        : known is null && told.DebitReference is null && item.Settled != 0 ? $"{item.Settled} of the capture were settled, and the return takes nothing back from us."
        : null;
}
