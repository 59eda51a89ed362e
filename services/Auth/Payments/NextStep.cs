namespace PayFlow.Auth.Payments;

/// <summary>
/// What is to be done next with a payment, read off what is committed. Whoever takes a payment up (a request, the ingest topic, the sweep after a crash) goes on
/// from here, so there is one way through and no way around.
/// </summary>
public abstract record NextStep
{
    /// <summary>Nothing, until somebody asks for something.</summary>
    public sealed record Rest : NextStep;

    /// <summary>A draft was confirmed: ask how risky it is.</summary>
    public sealed record Judge : NextStep;

    /// <summary>Ask the issuer's access control server to authenticate the payer.</summary>
    public sealed record Authenticate(Authentication Authentication) : NextStep;

    /// <summary>Ask the access control server what the payer answered.</summary>
    public sealed record Inquire(Authentication Authentication) : NextStep;

    /// <summary>Choose an acquirer and commit an attempt: none was asked yet, or those that were certainly did nothing.</summary>
    public sealed record Route(Operation Operation) : NextStep;

    /// <summary>Ask for the authorization, under the attempt's reference; also again, when the outcome is open.</summary>
    public sealed record Authorize(Operation Operation, Attempt Attempt) : NextStep;

    /// <summary>The outcome has been open for too long: undo the attempt at the acquirer and fail.</summary>
    public sealed record GiveUp(Operation Operation, Attempt Attempt) : NextStep;

    public sealed record Capture(Operation Operation, Attempt Attempt) : NextStep;

    public sealed record Void(Operation Operation, Attempt Attempt) : NextStep;

    /// <summary>A whole capture is to be refunded: take it out of settlement where it still can be, so that it is voided instead.</summary>
    public sealed record Withdraw(Operation Operation) : NextStep;

    /// <summary>Give money back, by a refund or by voiding the capture, as the operation says.</summary>
    public sealed record Refund(Operation Operation, Attempt Attempt) : NextStep;

    /// <summary>The hold has lapsed: reserve what is to be let go of.</summary>
    public sealed record Lapse : NextStep;

    /// <summary>Reverse the lapsed authorization at its acquirer.</summary>
    public sealed record Expire(Operation Operation, Attempt Attempt) : NextStep;

    /// <param name="resolveFor">How long an authorization without an answer is asked for again.</param>
    public static NextStep Of(Payment payment, TimeSpan resolveFor, DateTimeOffset now)
    {
        if (payment.Pending is not { } operation)
        {
            return payment.HoldEndsAt <= now ? new Lapse() : new Rest();
        }

        var attempt = payment.OpenAttempt(operation);
        return operation.Kind switch
        {
            OperationKind.Authorize when attempt is null => BeforeAnAcquirer(payment, operation),
            // Only an attempt that is known to be unanswered: one that was merely started may be the first call of a payment that waited long.
            OperationKind.Authorize when attempt.State == AttemptState.Unknown && now - attempt.CreatedAt >= resolveFor => new GiveUp(operation, attempt),
            OperationKind.Authorize => new Authorize(operation, attempt),
            OperationKind.Capture when attempt is not null => new Capture(operation, attempt),
            OperationKind.Void when attempt is not null => new Void(operation, attempt),
            OperationKind.Refund when attempt is not null => new Refund(operation, attempt),
            OperationKind.Refund when operation.CaptureId is not null => new Withdraw(operation),
            OperationKind.Expire when attempt is not null => new Expire(operation, attempt),
            _ => throw new InvalidOperationException($"{operation.Kind} {operation.Id} is pending without an attempt, which is committed with it."),
        };
    }

    private static NextStep BeforeAnAcquirer(Payment payment, Operation operation) => payment switch
    {
        { Risk: null } => new Judge(),
        { Authentication: { State: AuthenticationState.Required } authentication } => new Authenticate(authentication),
        { Authentication: { IsPayersTurn: true } authentication } => new Inquire(authentication),
        _ => new Route(operation),
    };
}
