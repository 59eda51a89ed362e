namespace PayFlow.Auth.Payments;

public enum OperationKind
{
    Authorize,
    Capture,
    Void,

    /// <summary>The hold lapsed: what was not captured is let go of, and nobody asked for it.</summary>
    Expire,
    Refund,

    /// <summary>The payer's bank took a debit back, and nobody asked for it.</summary>
    Return,
}

public enum OperationState
{
    /// <summary>Its amount is reserved; an acquirer may have been asked.</summary>
    Pending,
    Succeeded,

    /// <summary>The issuer, the acquirer or risk said no.</summary>
    Declined,

    /// <summary>It was not carried out and won't be.</summary>
    Failed,
}

/// <summary>Something that was asked of a payment, with its own amount in minor units.</summary>
public sealed record Operation
{
    /// <summary>In place of a key: the platform itself did it, and nobody waits for an answer.</summary>
    public const string AskedByNobody = "";

    public required Id Id { get; init; }

    /// <summary>1, 2, 3 … per payment: operations are carried out one at a time, in this order.</summary>
    public required int Number { get; init; }

    public required OperationKind Kind { get; init; }

    public required long Amount { get; init; }

    /// <summary>Of a capture: the last one, what is left of the hold is released with it.</summary>
    public bool IsFinal { get; init; }

    /// <summary>Of a return: the capture that was taken back. Of a refund: the capture that it takes back whole, which may be voided instead while it isn't on its way to settlement.</summary>
    public Id? CaptureId { get; init; }

    /// <summary>Of a refund: the capture was withdrawn from settlement and is voided; there is nothing to settle and no fee.</summary>
    public bool VoidsCapture { get; init; }

    public OperationState State { get; init; } = OperationState.Pending;

    /// <summary>What the merchant pays us, minor units, fixed when it succeeded.</summary>
    public long Fee { get; init; }

    /// <summary>What the acquirer calls it.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Why it was declined or failed; of a return, the R-code.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>The key of the request that asked for it, or <see cref="AskedByNobody"/>.</summary>
    public required string IdempotencyKey { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    internal Operation Finish(OperationState state, DateTimeOffset now) => this with { State = state, FinishedAt = now };
}
