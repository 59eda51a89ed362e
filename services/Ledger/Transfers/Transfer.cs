using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>A transfer as it was written, with both legs and what they left behind. Never changed afterwards.</summary>
public sealed record Transfer
{
    public required Id Id { get; init; }

    public required TransferKind Kind { get; init; }

    /// <summary>The pending transfer that this one ends.</summary>
    public Id? PendingId { get; init; }

    public required AccountName Debit { get; init; }

    public required AccountName Credit { get; init; }

    /// <summary>Minor units: moved, reserved or (voided) released.</summary>
    public required long Amount { get; init; }

    /// <summary>One of <see cref="TransferType.All"/>.</summary>
    public required string Type { get; init; }

    public Id? PaymentId { get; init; }

    public Id? MerchantId { get; init; }

    /// <summary>UTC, to the microsecond.</summary>
    public required DateTimeOffset EffectiveAt { get; init; }

    /// <summary>UTC, to the microsecond.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    public string? ExternalReference { get; init; }

    /// <summary>UTC, to the microsecond; of a pending transfer: when it is released unless it has ended before.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The number of this entry in the debited account, from 1 without gaps.</summary>
    public long DebitVersion { get; init; }

    /// <summary>The number of this entry in the credited account, from 1 without gaps.</summary>
    public long CreditVersion { get; init; }

    /// <summary>The transfer of the debited account's entry before; none for its first.</summary>
    public Id? DebitPrevious { get; init; }

    /// <summary>The transfer of the credited account's entry before; none for its first.</summary>
    public Id? CreditPrevious { get; init; }

    /// <summary>Posted debits less credits of the debited account after this transfer.</summary>
    public long DebitBalance { get; init; }

    /// <summary>Posted debits less credits of the credited account after this transfer.</summary>
    public long CreditBalance { get; init; }

    /// <summary>The month that it is booked in, yyyymm: that of <see cref="EffectiveAt"/> (UTC), or the first that was open.</summary>
    public int Period { get; init; }
}
