using PayFlow.Kernel;

namespace PayFlow.Reconciler.Returns;

/// <summary>A debit that the payer's bank took back. Amounts are minor units; times UTC.</summary>
/// <param name="OperationId">The return, as an operation of its payment.</param>
/// <param name="ExternalId">The acquirer's id of it.</param>
/// <param name="Reason">NACHA's R-code.</param>
/// <param name="DebitReference">What the acquirer calls the debit of our bank account; null when the item was not settled, and nothing was taken from us.</param>
internal sealed record BankReturn(Id OperationId, Id ItemId, string ExternalId, long Amount, string Reason, string? DebitReference, DateTimeOffset ReturnedAt);

/// <summary>What an acquirer says when a payer's bank takes a debit back.</summary>
internal sealed record ReturnedNotice
{
    public required string Return { get; init; }

    public required string Capture { get; init; }

    public required long Amount { get; init; }

    public required string Currency { get; init; }

    public required string Reason { get; init; }

    public string? DebitReference { get; init; }
}
