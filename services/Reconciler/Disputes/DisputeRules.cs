using PayFlow.Kernel;
using PayFlow.Reconciler.Notices;

namespace PayFlow.Reconciler.Disputes;

/// <summary>What a notice makes of a dispute, and what becomes of the notice.</summary>
/// <param name="Dispute">As it shall be; null when nothing changes.</param>
internal sealed record DisputeDecision(NoticeOutcome Outcome, Dispute? Dispute = null)
{
    public static DisputeDecision Change(Dispute dispute) => new(NoticeOutcome.Applied, dispute);

    public static DisputeDecision Nothing(NoticeOutcome outcome) => new(outcome);
}

/// <summary>Notices against what is known of a dispute. Pure. The same notice again, under whatever number, changes nothing.</summary>
internal static class DisputeRules
{
    private const int Hundredths = 100;

    /// <param name="item">Whose capture the notice names.</param>
    /// <param name="known">What is known under the acquirer's id of the dispute.</param>
    public static DisputeDecision Open(NamedItem item, Dispute? known, OpenedNotice told, DateTimeOffset at)
    {
        if (Contradiction(item, known, told.Amount, told.Currency) is { } contradiction)
        {
            return DisputeDecision.Nothing(NoticeOutcome.Refused(contradiction));
        }

        return known is not null
            ? DisputeDecision.Nothing(NoticeOutcome.Applied)
            : DisputeDecision.Change(new Dispute(
                IdOf(item, told.Dispute), item.ItemId, told.Dispute, told.Amount, told.Reason, told.RespondBy, told.DebitReference, at));
    }

    /// <param name="lostFee">What the merchant pays when it is lost, minor units.</param>
    public static DisputeDecision Close(NamedItem item, Dispute? known, ClosedNotice told, long lostFee, DateTimeOffset at)
    {
        if (Contradiction(item, known, told.Amount, told.Currency) is { } contradiction)
        {
            return DisputeDecision.Nothing(NoticeOutcome.Refused(contradiction));
        }

        if (told.Outcome is not ("won" or "lost"))
        {
            return DisputeDecision.Nothing(NoticeOutcome.Refused($"'{told.Outcome}' is no outcome of a dispute."));
        }

        var state = told.Outcome == "won" ? DisputeState.Won : DisputeState.Lost;
        return known switch
        {
            null => DisputeDecision.Nothing(NoticeOutcome.Waits($"The dispute '{told.Dispute}' was not opened yet.")),
            { State: DisputeState.Open } => DisputeDecision.Change(known with
            {
                State = state,
                Fee = state == DisputeState.Lost ? lostFee : 0,
                CreditReference = state == DisputeState.Won ? told.CreditReference : null,
                ClosedAt = at,
            }),
            _ when known.State == state => DisputeDecision.Nothing(NoticeOutcome.Applied),
            _ => DisputeDecision.Nothing(NoticeOutcome.Refused($"The dispute '{told.Dispute}' was closed with the other outcome before.")),
        };
    }

    /// <summary>What a merchant pays for a dispute that it lost, minor units.</summary>
    /// <param name="hundredths">Of a major unit.</param>
    public static long LostFee(int hundredths, Currency currency)
    {
        var fee = (long)hundredths;
        for (var digit = 0; digit < currency.Exponent; digit++)
        {
            fee *= 10;
        }

        return fee / Hundredths;
    }

    /// <summary>Follows from the item, the acquirer and its id of the dispute: told again it is the same.</summary>
    internal static Id IdOf(NamedItem item, string externalId) => item.ItemId.Derive(IdPrefix.Dispute, $"{item.Facts.Acquirer}:{externalId}");

    private static string? Contradiction(NamedItem item, Dispute? known, long amount, string currency) =>
        amount is < 1 or > Money.MaxMinorUnits ? $"{amount} is no amount that can be disputed."
        : currency != item.Facts.Currency.Code ? $"The capture is of {item.Facts.Currency}, the dispute of {currency}."
        : known is not null && known.ItemId != item.ItemId ? $"The dispute '{known.ExternalId}' is known of another capture ({known.ItemId})."
        : known is not null && known.Amount != amount ? $"The dispute '{known.ExternalId}' is known with {known.Amount} rather than {amount}."
        : null;
}
