namespace PayFlow.Sandbox.Captures;

/// <summary>Why a capture is not voided. The numbers are stable; the reasons are looked for in this order.</summary>
public enum CaptureVoidRefusal
{
    UnknownCapture = 1,

    /// <summary>A batch has it: the money goes back by a refund.</summary>
    Settled = 2,

    /// <summary>It was voided under another reference.</summary>
    Voided = 3,

    /// <summary>What is left of the other captures doesn't cover what was refunded.</summary>
    Refunded = 4,
}

/// <summary>A capture's void in an acquirer's books, taken or refused: asked again, the answer is the same either way.</summary>
/// <param name="Reference">What the caller calls it; unique per acquirer.</param>
/// <param name="CaptureId">The acquirer's id of the capture.</param>
/// <param name="ExternalId">The acquirer's id of a void that was taken.</param>
/// <param name="CreatedAt">UTC.</param>
public sealed record CaptureVoid(string Acquirer, string Reference, string CaptureId, string? ExternalId, CaptureVoidRefusal? Refusal, DateTimeOffset CreatedAt)
{
    public bool IsSameRequest(CaptureVoid asked) => CaptureId == asked.CaptureId;

    public CaptureVoid Decided(CaptureVoidRefusal? refusal) => refusal is null ? this : this with { ExternalId = null, Refusal = refusal };
}

/// <summary>What decides whether a capture can be voided. Amounts are minor units.</summary>
/// <param name="Taken">What all captures of its authorization took, less those voided.</param>
/// <param name="Refunded">What was refunded of that.</param>
public sealed record TakenCapture(long Amount, bool IsBatched, bool IsVoided, long Taken, long Refunded);

public static class CaptureVoidRules
{
    /// <summary>Why an acquirer doesn't void a capture, or null when it does.</summary>
    /// <param name="capture">Null when this acquirer has no such capture.</param>
    public static CaptureVoidRefusal? Refuse(TakenCapture? capture) => capture switch
    {
        null => CaptureVoidRefusal.UnknownCapture,
        { IsBatched: true } => CaptureVoidRefusal.Settled,
        { IsVoided: true } => CaptureVoidRefusal.Voided,
        _ when capture.Refunded > capture.Taken - capture.Amount => CaptureVoidRefusal.Refunded,
        _ => null,
    };
}
