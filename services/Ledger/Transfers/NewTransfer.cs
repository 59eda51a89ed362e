using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;

namespace PayFlow.Ledger.Transfers;

/// <summary>A transfer that is asked for, or that tells of a fact: the engine's command.</summary>
public sealed record NewTransfer
{
    /// <summary>Made by the caller; the same id again is answered with what is there.</summary>
    public required Id Id { get; init; }

    public required TransferKind Kind { get; init; }

    /// <summary>Of <see cref="TransferKind.PostPending"/> and <see cref="TransferKind.VoidPending"/>: what they end. Their accounts are those of the pending transfer.</summary>
    public Id? PendingId { get; init; }

    /// <summary>The account that is debited; unset when a pending transfer is ended.</summary>
    public AccountName Debit { get; init; }

    /// <summary>The account that is credited; unset when a pending transfer is ended.</summary>
    public AccountName Credit { get; init; }

    /// <summary>Minor units. 0 posts all of a pending transfer; ignored when one is voided.</summary>
    public long Amount { get; init; }

    /// <summary>One of <see cref="TransferType.All"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The payment it belongs to. An end inherits that of its pending transfer when unset.</summary>
    public Id? PaymentId { get; init; }

    /// <summary>The merchant it belongs to. An end inherits that of its pending transfer when unset.</summary>
    public Id? MerchantId { get; init; }

    /// <summary>UTC; when it counts. When it is applied, if unset.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>What others call it.</summary>
    public string? ExternalReference { get; init; }

    /// <summary>UTC; of a pending transfer that is asked for: from then on it can't be posted any more, and is released. Holds of payments have none: Auth ends them.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Succeeds or fails together with the next one.</summary>
    public bool Linked { get; init; }

    /// <summary>It happened outside, whatever our balances say: no limit refuses it, and it may overdraw.</summary>
    public bool IsFact { get; init; }
}
