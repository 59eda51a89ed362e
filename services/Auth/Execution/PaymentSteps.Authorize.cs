using Npgsql;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Execution;

/// <content>From a route to an authorization, or to its end.</content>
internal sealed partial class PaymentSteps
{
    // Attempts that were committed here and not sent yet: only of these it can be certain that an acquirer did nothing.
    private readonly HashSet<Id> unsent = [];

    // Acquirers that took no calls just now.
    private readonly HashSet<string> turnedAway = [];

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
        if (services.Routing.Choose(payment, merchant, turnedAway) is { } route)
        {
            var attemptId = NewId(IdPrefix.Attempt, payment.Id);
            unsent.Add(attemptId);
            change.StartAttempt(attemptId, route, Now);
            return null;
        }

        if (SoftDeclines.Of(payment) is { } declined)
        {
            change.LetStand(declined, Now);
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
        var method = await services.Vault.OpenAsync(payment.Method, stopping);
        var firstSend = unsent.Remove(attempt.Id);
        AuthorizationAnswer answer;
        try
        {
            var call = new AuthorizationCall(attempt.Reference, payment.MerchantId, payment.Amount, method, payment.Authentication?.Value is not null);
            answer = await services.Acquirers.AuthorizeAsync(attempt.Acquirer, call, again: !firstSend, stopping);
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
                return await ApprovedAsync(payment, attempt, answer.ExternalId!);
            case AuthorizationResult.Declined when answer.Code == Authorizing.AuthenticationRequired && payment.Authentication is null:
                change.WantsAuthentication(attempt, answer.ExternalId, Now);
                break;
            case AuthorizationResult.Declined when services.Routing.TriesNextAfter(payment, answer):
                // The next attempt is committed together with the decline: there is nothing in between to be lost.
                change.DeclinedSoftly(attempt, answer, Now);
                return await AttemptAsync(change, await RouteAsync(change));
            case AuthorizationResult.Declined:
                change.Decline(answer.Code!, attempt, answer.ExternalId, Now, answer.Kind);
                break;
            default:
                change.Fail(Authorizing.RequestRefused, attempt, AttemptState.NotProcessed, Now);
                break;
        }

        return await OutcomeAsync(change);
    }

    private async Task<Step> ApprovedAsync(Payment payment, Attempt attempt, string externalId)
    {
        var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
        var change = PaymentChange.Of(payment, Now).Approve(attempt, externalId, merchant.Hold, Now);
        CaptureAtOnce(change);
        return await UnlessTakenAsync(payment, attempt, externalId, OutcomeAsync(change));
    }

    /// <summary>By an id that another payment has, that one would be captured. It is no answer then: the reference is inquired about again, and an authorization in the end reversed.</summary>
    private async Task<Step> UnlessTakenAsync(Payment payment, Attempt attempt, string externalId, Task<Step> commit)
    {
        try
        {
            return await commit;
        }
        catch (PostgresException refused) when (refused.ConstraintName == PaymentConstraints.OnePerExternalId)
        {
            LogIdTaken(services.Logger, attempt.Acquirer, externalId, payment.Id);
            return await UnansweredAsync(payment, attempt);
        }
    }

    // In the transaction of the authorization, so that it can't get lost between the two.
    private void CaptureAtOnce(PaymentChange change)
    {
        var payment = change.After;
        if (payment.CaptureAutomatically)
        {
            change.ReserveCapture(
                NewId(IdPrefix.Operation, payment.Id), NewId(IdPrefix.Attempt, payment.Id), payment.Amounts.Uncaptured, isFinal: true, payment.Authorization!.IdempotencyKey, Now);
        }
    }

    private async Task<Step> TurnedAwayAsync(Payment payment, Attempt attempt)
    {
        turnedAway.Add(attempt.Acquirer);
        var change = PaymentChange.Of(payment, Now).NotProcessed(attempt, Now);
        var pause = await RouteAsync(change);
        return await AttemptAsync(change, pause);
    }

    private async Task<Step> GiveUpAsync(Payment payment, Attempt attempt)
    {
        if (await AnswerAsync(services.Acquirers.ReverseAsync(attempt.Acquirer, attempt.Reference, stopping)) is not { } answer)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.recovery.reversed");
        return answer.Reason is null
            ? await OutcomeAsync(PaymentChange.Of(payment, Now).Fail(Authorizing.AcquirerUnresolved, attempt, AttemptState.Reversed, Now))
            : await UnansweredAsync(payment, attempt);   // it says that money moved: nothing is given up while that stands
    }

    private async Task<Step> OutcomeAsync(PaymentChange change)
    {
        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.outcome.committed");
        return step;
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Acquirer} says {ExternalId} for the authorization of {Payment}, and another payment goes by that: it is not taken for an answer")]
    private static partial void LogIdTaken(ILogger logger, string acquirer, string externalId, Id payment);
}
