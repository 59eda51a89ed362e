using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Risk;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Execution;

/// <summary>What a step came to.</summary>
/// <param name="Payment">As it is committed now; null when somebody else was faster and nothing was written.</param>
/// <param name="Answer">The answer that was committed with it.</param>
internal readonly record struct Step(Payment? Payment, KeyAnswer? Answer);

/// <summary>
/// The steps of a payment: what is asked of others, and what is committed before and after. Between any two of them the process may die; the next one to take
/// the payment up reads off the payment where to go on.
/// </summary>
internal sealed class PaymentSteps(RunServices services, CancellationToken stopping)
{
    // Attempts that were committed here and not sent yet: only of these it can be certain that an acquirer did nothing.
    private readonly HashSet<Id> unsent = [];

    // Acquirers that took no calls just now.
    private readonly HashSet<string> turnedAway = [];

    /// <summary>Whether everything is done, or is to be tried again later.</summary>
    public bool IsNothingToDo(Payment payment)
    {
        var now = services.Time.GetUtcNow();
        var triesLater = payment.Lease is { Owner: null, DueAt: { } due } && due > now;
        return triesLater || NextStep.Of(payment, services.Options.ResolveFor, now) is NextStep.Rest;
    }

    /// <summary>Judges an accepted request and commits the payment with its first attempt, or its decline.</summary>
    public async Task<Step> BeginAsync(KeyRow accepted)
    {
        var request = PaymentRequest.Of(accepted);
        var risk = await services.Risk.AssessAsync(accepted, request, stopping);
        CrashPoint.Hit("auth.risk.assessed");

        var change = Authorizing.Submit(accepted, request, risk, NewId(IdPrefix.Operation, accepted.PaymentId), Now);
        TimeSpan? pause = null;
        if (RiskRules.DeclineCode(risk) is { } code)
        {
            change.DeclineByRisk(code, Now);
        }
        else
        {
            pause = await RouteAsync(change);
        }

        return await AttemptAsync(change, pause);
    }

    /// <summary>Commits what a command asked for.</summary>
    public async Task<Step> ReserveAsync(PaymentChange change)
    {
        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.operation.reserved");
        return step;
    }

    /// <summary>Carries out the next step of a payment that has one.</summary>
    public async Task<Step> DoAsync(Payment payment)
    {
        if (payment.Lease.Owner != services.Me)
        {
            var claim = await CommitAsync(PaymentChange.Of(payment, Now));
            CrashPoint.Hit("auth.recovery.claimed");
            return claim;
        }

        return NextStep.Of(payment, services.Options.ResolveFor, Now) switch
        {
            NextStep.Route => await RouteAgainAsync(payment),
            NextStep.Authorize step => await AuthorizeAsync(payment, step.Attempt),
            NextStep.GiveUp step => await GiveUpAsync(payment, step.Attempt),
            NextStep.Capture step => await CaptureAsync(payment, step.Operation, step.Attempt),
            NextStep.Void step => await VoidAsync(payment, step.Operation, step.Attempt),
            NextStep.Lapse => await ReserveAsync(PaymentChange.Of(payment, Now).ReserveExpiry(NewId(IdPrefix.Operation, payment.Id), NewId(IdPrefix.Attempt, payment.Id), Now)),
            NextStep.Expire step => await ExpireAsync(payment, step.Operation, step.Attempt),
            var step => throw new InvalidOperationException($"{payment.Id} has nothing to carry out: {step}."),
        };
    }

    private async Task<Step> RouteAgainAsync(Payment payment)
    {
        var change = PaymentChange.Of(payment, Now);
        var pause = await RouteAsync(change);
        return await AttemptAsync(change, pause);
    }

    /// <summary>Adds an attempt at an acquirer that takes calls; without one, a pause or, after a long time, the end.</summary>
    private async Task<TimeSpan?> RouteAsync(PaymentChange change)
    {
        var payment = change.After;
        var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
        if (services.Routing.Choose(merchant.Acquirers, payment.Amount.Currency, turnedAway) is { } acquirer)
        {
            var attemptId = NewId(IdPrefix.Attempt, payment.Id);
            unsent.Add(attemptId);
            change.StartAttempt(attemptId, acquirer, Now);
            return null;
        }

        if (Now - payment.Authorization!.CreatedAt < services.Options.ResolveFor)
        {
            return PauseAfter(payment.Attempts.Length + 1);
        }

        change.Fail(Authorizing.NoAcquirer, attempt: null, AttemptState.NotProcessed, Now);
        return null;
    }

    /// <summary>Commits what comes before an acquirer is asked.</summary>
    private async Task<Step> AttemptAsync(PaymentChange change, TimeSpan? pause)
    {
        var step = await CommitAsync(change, pause);
        CrashPoint.Hit("auth.attempt.committed");
        return step;
    }

    private async Task<Step> AuthorizeAsync(Payment payment, Attempt attempt)
    {
        var card = await services.Vault.OpenAsync(payment.Card.TokenId, stopping);
        var firstSend = unsent.Remove(attempt.Id);
        AuthorizationAnswer answer;
        try
        {
            var call = new AuthorizationCall(attempt.Reference, payment.MerchantId, payment.Amount, card);
            answer = await services.Acquirers.AuthorizeAsync(attempt.Acquirer, call, sole: !firstSend, stopping);
        }
        catch (AcquirerFailedException failed)
        {
            return firstSend && !failed.OutcomeUnknown ? await TurnedAwayAsync(payment, attempt) : await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.acquirer.answered");
        var change = PaymentChange.Of(payment, Now);
        switch (answer.Result)
        {
            case AuthorizationResult.Approved:
                var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
                change.Approve(attempt, answer.ExternalId!, merchant.Hold, Now);
                CaptureAtOnce(change);
                break;
            case AuthorizationResult.Declined:
                change.Decline(answer.Code!, attempt, answer.ExternalId, Now);
                break;
            default:
                change.Fail(Authorizing.RequestRefused, attempt, AttemptState.NotProcessed, Now);
                break;
        }

        return await OutcomeAsync(change);
    }

    // In the transaction of the authorization, so that it can't get lost between the two.
    private void CaptureAtOnce(PaymentChange change)
    {
        var payment = change.After;
        if (payment.CaptureAutomatically)
        {
            change.ReserveCapture(
                NewId(IdPrefix.Operation, payment.Id), NewId(IdPrefix.Attempt, payment.Id), payment.Amounts.Uncaptured, isFinal: true, payment.IdempotencyKey, Now);
        }
    }

    private async Task<Step> TurnedAwayAsync(Payment payment, Attempt attempt)
    {
        turnedAway.Add(attempt.Acquirer);
        var change = PaymentChange.Of(payment, Now).NotProcessed(attempt, Now);
        var pause = await RouteAsync(change);
        return await AttemptAsync(change, pause);
    }

    /// <summary>The outcome is open: the payment stays with this acquirer and this reference, and is tried again later.</summary>
    private Task<Step> UnansweredAsync(Payment payment, Attempt attempt) =>
        CommitAsync(PaymentChange.Of(payment, Now).Unanswered(attempt), PauseAfter(attempt.Tries + 1));

    private async Task<Step> GiveUpAsync(Payment payment, Attempt attempt)
    {
        ReversalAnswer answer;
        try
        {
            answer = await services.Acquirers.ReverseAsync(attempt.Acquirer, attempt.Reference, stopping);
        }
        catch (AcquirerFailedException)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.recovery.reversed");
        return answer.Reason is null
            ? await OutcomeAsync(PaymentChange.Of(payment, Now).Fail(Authorizing.AcquirerUnresolved, attempt, AttemptState.Reversed, Now))
            : await UnansweredAsync(payment, attempt);   // it says that money moved: nothing is given up while that stands
    }

    private async Task<Step> CaptureAsync(Payment payment, Operation operation, Attempt attempt)
    {
        CaptureAnswer answer;
        try
        {
            var call = new CaptureCall(attempt.Reference, payment.ExternalId!, payment.Amount with { MinorUnits = operation.Amount }, operation.IsFinal);
            answer = await services.Acquirers.CaptureAsync(attempt.Acquirer, call, stopping);
        }
        catch (AcquirerFailedException)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.capture.answered");
        var change = PaymentChange.Of(payment, Now);
        if (answer.ExternalId is { } externalId)
        {
            var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
            var fee = services.Pricing.FeeOf(payment.Amount with { MinorUnits = operation.Amount });
            change.Captured(operation, attempt, externalId, fee, merchant.TimeZone, Now);
        }
        else
        {
            change.CaptureRefused(operation, attempt, answer.Reason!, Now);
        }

        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.capture.committed");
        return step;
    }

    private async Task<Step> VoidAsync(Payment payment, Operation operation, Attempt attempt)
    {
        ReversalAnswer answer;
        try
        {
            answer = await ReverseAsync(payment, attempt);
        }
        catch (AcquirerFailedException)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.void.answered");
        var change = PaymentChange.Of(payment, Now);
        var step = await CommitAsync(answer.Reason is null ? change.Voided(operation, attempt, Now) : change.VoidRefused(operation, attempt, answer.Reason, Now));
        CrashPoint.Hit("auth.void.committed");
        return step;
    }

    private async Task<Step> ExpireAsync(Payment payment, Operation operation, Attempt attempt)
    {
        ReversalAnswer answer;
        try
        {
            answer = await ReverseAsync(payment, attempt);
        }
        catch (AcquirerFailedException)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.expiry.answered");
        if (answer.Reason is not null)
        {
            return await UnansweredAsync(payment, attempt);   // it says that money moved: nothing is let go of while that stands
        }

        var step = await CommitAsync(PaymentChange.Of(payment, Now).Expired(operation, attempt, Now));
        CrashPoint.Hit("auth.expiry.committed");
        return step;
    }

    /// <summary>Undoes the authorization of a payment at the acquirer that holds it; the same again when it is asked again.</summary>
    private Task<ReversalAnswer> ReverseAsync(Payment payment, Attempt attempt)
    {
        var authorization = payment.Attempts.Single(approved => approved.OperationId == payment.Authorization!.Id && approved.State == AttemptState.Approved);
        return services.Acquirers.ReverseAsync(attempt.Acquirer, authorization.Reference, stopping);
    }

    private async Task<Step> OutcomeAsync(PaymentChange change)
    {
        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.outcome.committed");
        return step;
    }

    /// <summary>Commits a change together with its answer and the lease: held while there is more to do, given back with what is done.</summary>
    private async Task<Step> CommitAsync(PaymentChange change, TimeSpan? pause = null)
    {
        var now = Now;
        change.Quietly(payment => payment with { Lease = LeaseAfter(change, pause, now) });
        change.Answering(Answers.Of(change, now));
        if (!await services.Store.CommitAsync(change, stopping))
        {
            return default;
        }

        services.Telemetry.Committed(change);
        return new Step(change.After, change.Answer);
    }

    private Lease LeaseAfter(PaymentChange change, TimeSpan? pause, DateTimeOffset now)
    {
        var epoch = change.Before switch
        {
            null => 1,
            { Lease.Owner: var owner } before when owner == services.Me => before.Lease.Epoch,
            var before => before.Lease.Epoch + 1,
        };
        if (pause is { } later)
        {
            return new Lease(null, epoch, now + later);
        }

        return NextStep.Of(change.After, services.Options.ResolveFor, now) is NextStep.Rest
            ? new Lease(null, epoch, change.After.HoldEndsAt)
            : new Lease(services.Me, epoch, now + services.Options.LeaseDuration);
    }

    private DateTimeOffset Now => services.Time.GetUtcNow();

    private Id NewId(string prefix, Id payment) => Id.New(prefix, payment.Slot, Now);

    private TimeSpan PauseAfter(int tries)
    {
        var doubled = services.Options.RetryFrom * Math.Pow(2, Math.Min(tries - 1, 20));
        return doubled < services.Options.RetryUpTo ? doubled : services.Options.RetryUpTo;
    }
}
