namespace PayFlow.Auth.Payments;

/// <summary>
/// The counters of a payment, minor units of its currency. What is asked of an acquirer is reserved (<c>capturing</c>, <c>releasing</c>,
/// <c>refunding</c>) before it is asked, and moves to its end (<c>captured</c>, <c>released</c>, <c>refunded</c>) or back with the answer.
/// </summary>
public readonly record struct Amounts
{
    public long Authorized { get; init; }

    public long Capturing { get; init; }

    public long Captured { get; init; }

    /// <summary>What a pending void or expiry, or a pending capture that is the last, lets go of.</summary>
    public long Releasing { get; init; }

    /// <summary>What was authorized and will never be captured: voided, expired, or left over by the last capture.</summary>
    public long Released { get; init; }

    public long Settled { get; init; }

    public long Refunding { get; init; }

    public long Refunded { get; init; }

    /// <summary>What the payer's bank took back: nothing or all that was captured.</summary>
    public long Returned { get; init; }

    /// <summary>In disputes that are open: the acquirer has taken it back, and the network decides who gets it.</summary>
    public long Disputed { get; init; }

    /// <summary>In disputes that were lost: the cardholder has it.</summary>
    public long ChargedBack { get; init; }

    /// <summary>What may still be captured or released.</summary>
    public long Uncaptured => Authorized - Captured - Capturing - Released - Releasing;

    /// <summary>What was captured and no refund has given back or is giving back.</summary>
    public long Kept => Captured - Refunded - Refunding;

    /// <summary>
    /// What may still be refunded: not what is disputed, charged back or returned. Those may be of money that was refunded, too: both happened, and then nothing is left.
    /// </summary>
    public long Unrefunded => Math.Max(0, Kept - Returned - Disputed - ChargedBack);
}
