using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

/// <summary>States of payments: the ones that have a name among people, and the product of all facts.</summary>
internal static class States
{
    private const long Amount = 3;

    /// <summary>Reached by steps, each as the API would.</summary>
    public static IReadOnlyDictionary<string, (Payment Payment, PaymentStatus Status)> Canonical { get; } = new Dictionary<string, (Payment, PaymentStatus)>
    {
        ["draft"] = (Make.Draft(), PaymentStatus.Draft),
        ["confirmed"] = (Make.Confirmed(), PaymentStatus.Processing),
        ["to be authenticated"] = (Make.ToAuthenticate(), PaymentStatus.Processing),
        ["challenged"] = (Make.Challenged(), PaymentStatus.RequiresAction),
        ["payer returned"] = (Make.Change(Make.Challenged(), (change, _) => change.PayerReturned()), PaymentStatus.RequiresAction),
        ["authenticated"] = (Make.Change(Make.Challenged(), (change, _) => change.Authenticated("proof")), PaymentStatus.Processing),
        ["processing"] = (Make.Started(), PaymentStatus.Processing),
        ["declined"] = (Make.Declined(), PaymentStatus.Declined),
        ["failed"] = (Make.Failed(), PaymentStatus.Failed),
        ["authorized"] = (Make.Authorized(), PaymentStatus.Authorized),
        ["lapsed"] = (Lapsed(), PaymentStatus.Authorized),
        ["capturing in part"] = (Make.Capturing(Make.Authorized(), 40), PaymentStatus.Authorized),
        ["capturing for good"] = (Make.Capturing(Make.Authorized(), 40, isFinal: true), PaymentStatus.Authorized),
        ["capturing all"] = (Make.Capturing(Make.Authorized(), 100), PaymentStatus.Authorized),
        ["voiding"] = (Make.Voiding(Make.Authorized()), PaymentStatus.Authorized),
        ["voided"] = (Make.Voided(Make.Authorized()), PaymentStatus.Voided),
        ["expiring"] = (Make.Expiring(Lapsed()), PaymentStatus.Authorized),
        ["expired"] = (Make.Expired(Lapsed()), PaymentStatus.Expired),
        ["captured in part, the rest expired"] = (Make.Expired(Make.Captured(Make.Authorized(), 40)), PaymentStatus.Captured),
        ["captured in part"] = (Make.Captured(Make.Authorized(), 40), PaymentStatus.PartiallyCaptured),
        ["captured in part, settled"] = (Make.Settled(Make.Captured(Make.Authorized(), 40), 40), PaymentStatus.PartiallyCaptured),
        ["captured for good"] = (Make.Captured(Make.Authorized(), 40, isFinal: true), PaymentStatus.Captured),
        ["captured"] = (Make.Captured(Make.Authorized(), 100), PaymentStatus.Captured),
        ["settled short"] = (Make.Settled(Make.Captured(Make.Authorized(), 100), 99), PaymentStatus.Captured),
        ["settled"] = (Make.Settled(Make.Captured(Make.Authorized(), 100), 100), PaymentStatus.Settled),
        ["refunding in part"] = (Make.Refunding(Make.Captured(Make.Authorized(), 100), 40), PaymentStatus.Captured),
        ["refunding all, way not decided"] = (Make.Refunding(Make.Captured(Make.Authorized(), 100), 100), PaymentStatus.Captured),
        ["voiding the capture"] = (Make.GivingBack(Make.Refunding(Make.Captured(Make.Authorized(), 100), 100), byVoid: true), PaymentStatus.Captured),
        ["refund refused"] = (Make.RefundRefused(Make.Captured(Make.Authorized(), 100), 100), PaymentStatus.Captured),
        ["refunded in part"] = (Make.Refunded(Make.Captured(Make.Authorized(), 100), 40), PaymentStatus.PartiallyRefunded),
        ["refunded in part, settled"] = (Make.Refunded(Make.Settled(Make.Captured(Make.Authorized(), 100), 100), 40), PaymentStatus.PartiallyRefunded),
        ["refunded"] = (Make.Refunded(Make.Captured(Make.Authorized(), 100), 100), PaymentStatus.Refunded),
        ["disputed"] = (Make.Disputed(AllSettled(), 100), PaymentStatus.Disputed),
        ["disputed in part"] = (Make.Disputed(AllSettled(), 40), PaymentStatus.Disputed),
        ["disputed in part, the rest refunded"] = (Make.Refunded(Make.Disputed(AllSettled(), 40), 60), PaymentStatus.Disputed),
        ["disputed while being refunded"] = (Make.Disputed(Make.Refunding(AllSettled(), 100), 100), PaymentStatus.Disputed),
        ["disputed, captured in part"] = (Make.Disputed(Make.Settled(Make.Captured(Make.Authorized(), 40), 40), 40), PaymentStatus.Disputed),
        ["won"] = (Make.DisputeDecided(Make.Disputed(AllSettled(), 100), isWon: true), PaymentStatus.Settled),
        ["won, refunded in part"] = (Make.DisputeDecided(Make.Disputed(Make.Refunded(AllSettled(), 40), 60), isWon: true), PaymentStatus.PartiallyRefunded),
        ["lost"] = (Make.DisputeDecided(Make.Disputed(AllSettled(), 100), isWon: false), PaymentStatus.ChargedBack),
        ["lost in part"] = (Make.DisputeDecided(Make.Disputed(AllSettled(), 40), isWon: false), PaymentStatus.ChargedBack),
        ["lost and refunded"] = (Make.DisputeDecided(Make.Disputed(Make.Refunded(AllSettled(), 100), 100), isWon: false), PaymentStatus.ChargedBack),
        ["lost in part, disputed again"] = (Make.Disputed(Make.DisputeDecided(Make.Disputed(AllSettled(), 40), isWon: false), 60), PaymentStatus.Disputed),
        ["refunded by a void"] = (Make.Refunded(Make.Captured(Make.Authorized(), 100), 100, byVoid: true), PaymentStatus.Refunded),
        ["debited"] = (Make.Captured(Make.Debit(), 100), PaymentStatus.Captured),
        ["debited in part"] = (Make.Captured(Make.Debit(), 40), PaymentStatus.Captured),
        ["returned"] = (Make.Returned(Make.Captured(Make.Debit(), 40)), PaymentStatus.Returned),
        ["settled and returned"] = (Make.Returned(Make.Settled(Make.Captured(Make.Debit(), 100), 100)), PaymentStatus.Returned),
        ["refunded in part and returned"] = (Make.Returned(Make.Refunded(Make.Captured(Make.Debit(), 100), 40)), PaymentStatus.Returned),
        ["returned while a refund runs"] = (Make.Returned(Make.Refunding(Make.Captured(Make.Debit(), 100), 100)), PaymentStatus.Returned),
    };

    /// <summary>Every combination of small amounts that the database would take, with the operations that belong to them.</summary>
    public static IEnumerable<Payment> Product()
    {
        yield return Make.Draft();
        yield return Make.Confirmed();
        yield return Make.Challenged();
        yield return Make.Started(Amount);
        yield return Make.Declined();
        yield return Make.Failed();
        yield return Make.Expired(Lapsed());

        var authorized = Make.Authorized(Amount);
        foreach (var amounts in AllAmounts())
        {
            foreach (var (capture, release) in PendingOperations(amounts))
            {
                var payment = authorized with { Amounts = amounts };
                payment = amounts.Capturing == 0 ? payment : payment.With(Pending(OperationKind.Capture, amounts.Capturing, capture));
                payment = release ? payment.With(Pending(OperationKind.Void, amounts.Releasing, isFinal: true)) : payment;
                yield return payment;
                yield return payment with { ExpiresAt = Make.Now };
            }
        }
    }

    private static Payment AllSettled() => Make.Settled(Make.Captured(Make.Authorized(), 100), 100);

    private static Payment Lapsed() => Make.Authorized() with { ExpiresAt = Make.Now };

    // What is releasing belongs to a final capture while one is pending, else to a void.
    private static IEnumerable<(bool CaptureIsFinal, bool IsVoid)> PendingOperations(Amounts amounts) => amounts switch
    {
        { Capturing: 0, Releasing: 0 } => [(false, false)],
        { Capturing: 0 } => [(false, true)],
        { Releasing: 0, Uncaptured: > 0 } => [(false, false)],
        _ => [(true, false)],
    };

    private static Operation Pending(OperationKind kind, long amount, bool isFinal) => new()
    {
        Id = Make.NewId(IdPrefix.Operation),
        Number = 2,
        Kind = kind,
        Amount = amount,
        IsFinal = isFinal,
        IdempotencyKey = "pending",
        CreatedAt = Make.Now,
    };

    private static IEnumerable<Amounts> AllAmounts()
    {
        var values = Enumerable.Range(0, (int)Amount + 1).Select(value => (long)value).ToArray();
        return
            from capturing in values
            from captured in values
            from releasing in values
            from released in values
            from settled in values
            from refunding in values
            from refunded in values
            from returned in new[] { 0, captured }.Distinct()
            from disputed in values
            from chargedBack in values
            where disputed + chargedBack <= (returned == 0 ? captured : 0)   // of what was refunded, too: both may have happened; only cards have disputes
            let amounts = new Amounts
            {
                Authorized = Amount,
                Capturing = capturing,
                Captured = captured,
                Releasing = releasing,
                Released = released,
                Settled = settled,
                Refunding = refunding,
                Refunded = refunded,
                Returned = returned,
                Disputed = disputed,
                ChargedBack = chargedBack,
            }
            where DatabaseRules.Hold(amounts, Amount)
            select amounts;
    }
}
