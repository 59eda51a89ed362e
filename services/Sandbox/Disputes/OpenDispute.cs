using PayFlow.Kernel;
using PayFlow.Sandbox.Acquirers;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Sandbox.Disputes;

/// <summary>A cardholder goes to his bank.</summary>
/// <param name="Capture">The acquirer's id of the capture.</param>
/// <param name="Amount">Minor units; null for all of the capture that is not disputed.</param>
public sealed record DisputeRequest(string Reference, string Capture, long? Amount, DisputeReason Reason)
{
    public bool IsOf(Dispute dispute) => (Capture, Amount ?? dispute.Amount, Reason) == (dispute.CaptureId, dispute.Amount, dispute.Reason);
}

public enum DisputeState
{
    Open,
    Won,
    Lost,
}

/// <summary>A dispute as whoever steers the Sandbox sees it. Amounts are minor units.</summary>
public sealed record DisputeAnswer(
    string ExternalId, string Reference, DisputeState State, string Capture, long Amount, string Currency, DisputeReason Reason, DateTimeOffset RespondBy,
    string DebitReference, string? CreditReference)
{
    public static DisputeAnswer Of(Dispute dispute) => new(
        dispute.ExternalId,
        dispute.Reference,
        dispute.Outcome switch
        {
            null => DisputeState.Open,
            DisputeOutcome.Won => DisputeState.Won,
            _ => DisputeState.Lost,
        },
        dispute.CaptureId,
        dispute.Amount,
        dispute.Currency,
        dispute.Reason,
        dispute.RespondBy,
        dispute.DebitReference,
        dispute.CreditReference);
}

/// <summary>
/// <c>POST /acquirers/{acquirer}/disputes</c>: lets a cardholder dispute what was settled. The same reference again gets the same answer; what is refused is not kept.
/// </summary>
public static class OpenDispute
{
    public static async Task<IResult> HandleAsync(Acquirer acquirer, HttpRequest request, DisputeBook book, CancellationToken cancel)
    {
        var read = await RequestBody.ReadAsync(request, Read, cancel);
        if (!read.TryGet(out var asked, out var refusal))
        {
            return Problem.From(refusal);
        }

        var (dispute, refused) = await book.OpenAsync(acquirer, asked, cancel);
        return refused is { } reason ? Problem.From(Refused(reason, asked))
            : asked.IsOf(dispute!) ? Results.Ok(DisputeAnswer.Of(dispute!))
            : Problem.From(ReferenceReused.Refusal(asked.Reference));
    }

    private static Refusal Refused(DisputeRefusal reason, DisputeRequest asked) => reason switch
    {
        DisputeRefusal.UnknownCapture => Refusal.NotFound("capture", asked.Capture),
        DisputeRefusal.NotSettled => new(RefusalKind.Conflict, "not_settled", "The capture is not settled yet: nobody can dispute it."),
        _ => new(RefusalKind.Conflict, "exceeds_capture", "That is more than what is left of the capture and not disputed already."),
    };

    private static DisputeRequest Read(BodyReader body) => new(
        body.String("reference", max: 64),
        body.String("capture", max: 64),
        body.OptionalInt64("amount", 1, Money.MaxMinorUnits),
        body.OptionalEnum<DisputeReason>("reason") ?? DisputeReason.General);
}
