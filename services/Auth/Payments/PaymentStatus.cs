using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace PayFlow.Auth.Payments;

/// <summary>What a payment is called, as the API spells it in snake_case. It is derived, never decided.</summary>
public enum PaymentStatus
{
    /// <summary>Written down, and not submitted yet.</summary>
    Draft,

    /// <summary>Accepted; nothing has been asked of anybody yet.</summary>
    Submitted,

    /// <summary>The authorization is on its way.</summary>
    Processing,

    /// <summary>The payer has to answer the issuer's challenge.</summary>
    RequiresAction,
    Authorized,
    PartiallyCaptured,
    Captured,
    Settled,
    PartiallyRefunded,
    Refunded,

    /// <summary>The payer's bank took the debit back.</summary>
    Returned,

    /// <summary>A cardholder disputes some or all of it, and the network has not decided yet.</summary>
    Disputed,

    /// <summary>A dispute was lost: the cardholder has some or all of it back.</summary>
    ChargedBack,
    Voided,

    /// <summary>The hold lapsed before anything was captured.</summary>
    Expired,
    Declined,
    Failed,
}

/// <summary>The status as a pure function of amounts and operations, and its names.</summary>
public static class PaymentStates
{
    private static readonly FrozenDictionary<PaymentStatus, string> Names = new Dictionary<PaymentStatus, string>
    {
        [PaymentStatus.Draft] = "draft",
        [PaymentStatus.Submitted] = "submitted",
        [PaymentStatus.Processing] = "processing",
        [PaymentStatus.RequiresAction] = "requires_action",
        [PaymentStatus.Authorized] = "authorized",
        [PaymentStatus.PartiallyCaptured] = "partially_captured",
        [PaymentStatus.Captured] = "captured",
        [PaymentStatus.Settled] = "settled",
        [PaymentStatus.PartiallyRefunded] = "partially_refunded",
        [PaymentStatus.Refunded] = "refunded",
        [PaymentStatus.Returned] = "returned",
        [PaymentStatus.Disputed] = "disputed",
        [PaymentStatus.ChargedBack] = "charged_back",
        [PaymentStatus.Voided] = "voided",
        [PaymentStatus.Expired] = "expired",
        [PaymentStatus.Declined] = "declined",
        [PaymentStatus.Failed] = "failed",
    }.ToFrozenDictionary();

    public static IEnumerable<string> AllNames => Names.Values;

    public static string Name(this PaymentStatus status) => Names[status];

    public static bool TryParse([NotNullWhen(true)] string? name, out PaymentStatus status)
    {
        foreach (var (candidate, spelled) in Names)
        {
            if (spelled == name)
            {
                status = candidate;
                return true;
            }
        }

        status = default;
        return false;
    }

    public static PaymentStatus Of(Payment payment) => payment.Authorization?.State switch
    {
        null => payment.Risk is null ? PaymentStatus.Draft : PaymentStatus.Submitted,
        OperationState.Pending => payment.Authentication is { IsPayersTurn: true } ? PaymentStatus.RequiresAction : PaymentStatus.Processing,
        OperationState.Declined => PaymentStatus.Declined,
        OperationState.Failed => PaymentStatus.Failed,
        _ => OfMoney(payment),
    };

    private static PaymentStatus OfMoney(Payment payment)
    {
        var amounts = payment.Amounts;
        if (amounts.Captured == 0)
        {
            return amounts.Released < amounts.Authorized ? PaymentStatus.Authorized
                : payment.HasExpired ? PaymentStatus.Expired
                : PaymentStatus.Voided;
        }

        if (amounts.Returned > 0)
        {
            return PaymentStatus.Returned;
        }

        // A payment is called by the worst that is true of it, be it of a part: disputed while one is open, charged back once one was lost, and only then what refunds made of it. The amounts say
        // how much of each. A dispute that is won leaves no trace here: the payment is called what it was.
        if (amounts.Disputed > 0)
        {
            return PaymentStatus.Disputed;
        }

        if (amounts.ChargedBack > 0)
        {
            return PaymentStatus.ChargedBack;
        }

        if (amounts.Refunded > 0)
        {
            return amounts.Refunded == amounts.Captured ? PaymentStatus.Refunded : PaymentStatus.PartiallyRefunded;
        }

        if (amounts.Captured + amounts.Released < amounts.Authorized)
        {
            return PaymentStatus.PartiallyCaptured;
        }

        return amounts.Settled == amounts.Captured ? PaymentStatus.Settled : PaymentStatus.Captured;
    }
}
