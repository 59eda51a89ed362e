using PayFlow.Auth.Acquirers;

namespace PayFlow.Auth.Payments;

public enum AttemptState
{
    /// <summary>Committed; the acquirer may have been asked.</summary>
    Started,
    Approved,
    Declined,

    /// <summary>The acquirer certainly did nothing: only after this another acquirer may be asked.</summary>
    NotProcessed,

    /// <summary>Asked and not answered: the same reference is asked again until there is an answer.</summary>
    Unknown,

    /// <summary>Given up and undone at the acquirer, whether it had been processed or not.</summary>
    Reversed,
}

/// <summary>An acquirer asked under a reference of ours; committed before it is asked.</summary>
public sealed record Attempt
{
    public required Id Id { get; init; }

    public required Id OperationId { get; init; }

    public required string Acquirer { get; init; }

    /// <summary>What we call it there: the attempt's own id for an authorization and for a capture that is asked for again, the operation's for everything else.</summary>
    public required string Reference { get; init; }

    public AttemptState State { get; init; } = AttemptState.Started;

    /// <summary>How many rounds of calls ended without an answer.</summary>
    public int Tries { get; init; }

    public string? ExternalId { get; init; }

    /// <summary>Why it was declined.</summary>
    public string? DeclineCode { get; init; }

    /// <summary>Whether asking again could help.</summary>
    public DeclineKind? DeclineKind { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    public bool IsOpen => State is AttemptState.Started or AttemptState.Unknown;

    internal Attempt Finish(AttemptState state, DateTimeOffset now) => this with { State = state, FinishedAt = now };
}
