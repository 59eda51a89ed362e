using PayFlow.Kernel;

namespace PayFlow.Reconciler.Disputes;

internal enum DisputeState
{
    Open,
    Won,
    Lost,
}

/// <summary>A capture that its cardholder disputes. Amounts are minor units; times UTC.</summary>
/// <param name="ExternalId">The acquirer's id of it.</param>
/// <param name="RespondBy">Until when evidence is heard.</param>
/// <param name="Fee">What the merchant pays us when it is lost.</param>
internal sealed record Dispute(
    Id Id, Id ItemId, string ExternalId, long Amount, string Reason, DateTimeOffset RespondBy, string DebitReference, DateTimeOffset OpenedAt,
    DisputeState State = DisputeState.Open, long Fee = 0, string? CreditReference = null, DateTimeOffset? ClosedAt = null);

/// <summary>What an acquirer says when a dispute is opened.</summary>
internal sealed record OpenedNotice
{
    public required string Dispute { get; init; }

    public required string Capture { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    public required string Reason { get; init; }

    public required DateTimeOffset RespondBy { get; init; }

    public required string DebitReference { get; init; }
}

/// <summary>What an acquirer says when a dispute is decided.</summary>
internal sealed record ClosedNotice
{
    public required string Dispute { get; init; }

    public required string Capture { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    /// <summary>won or lost.</summary>
    public required string Outcome { get; init; }

    public string? CreditReference { get; init; }
}
