using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.Sandbox.Notices;

namespace PayFlow.Sandbox.Disputes;

/// <summary>Why a cardholder says that he doesn't owe it, in the words that card networks' many codes come down to.</summary>
public enum DisputeReason
{
    Fraudulent,
    ProductNotReceived,
    ProductUnacceptable,
    Duplicate,
    CreditNotProcessed,
    General,
}

public enum DisputeOutcome
{
    /// <summary>The merchant was right: the money comes back.</summary>
    Won,

    /// <summary>The cardholder keeps it.</summary>
    Lost,
}

/// <summary>A sale that its cardholder disputes, in an acquirer's books.</summary>
/// <param name="Reference">What whoever opened it calls it; unique per acquirer.</param>
/// <param name="CaptureId">The acquirer's id of the capture.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="RespondBy">Until when evidence is heard, UTC.</param>
/// <param name="Outcome">Null while it is open.</param>
/// <param name="OpenedAt">UTC.</param>
/// <param name="ClosedAt">UTC.</param>
public sealed record Dispute(
    string Acquirer,
    string Reference,
    string ExternalId,
    string CaptureId,
    long Amount,
    string Currency,
    DisputeReason Reason,
    DateTimeOffset RespondBy,
    DateTimeOffset OpenedAt,
    DisputeOutcome? Outcome = null,
    DateTimeOffset? ClosedAt = null)
{
    /// <summary>Of what was taken from our bank account when it was opened.</summary>
    public string DebitReference => $"{ExternalId}_debit";

    /// <summary>Of what was given back when it was won.</summary>
    public string? CreditReference => Outcome == DisputeOutcome.Won ? $"{ExternalId}_credit" : null;

    /// <param name="reference">Null: nobody asked for it, its own id is its reference.</param>
    public static Dispute Open(Acquirer acquirer, string? reference, DisputableCapture capture, long amount, DisputeReason reason, TimeSpan respondWithin, DateTimeOffset now)
    {
        var id = acquirer.NewDisputeId(now);
        return new Dispute(acquirer.Code, reference ?? id, id, capture.ExternalId, amount, capture.Currency, reason, now + respondWithin, now);
    }

    public NewNotice ToOpenedNotice() => NewNotice.Of("dispute_opened", OpenedAt, new
    {
        Dispute = ExternalId,
        Capture = CaptureId,
        Amount,
        Currency,
        Reason,
        RespondBy,
        DebitReference,
    });

    public NewNotice ToClosedNotice() => NewNotice.Of("dispute_closed", ClosedAt!.Value, new
    {
        Dispute = ExternalId,
        Capture = CaptureId,
        Amount,
        Currency,
        Outcome,
        CreditReference,
    });
}
