using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
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
internal sealed partial class PaymentSteps(RunServices services, CancellationToken stopping)
{
    /// <summary>Whether everything is done, or is to be tried again later.</summary>
    public bool IsNothingToDo(Payment payment)
    {
        var now = services.Time.GetUtcNow();
        var triesLater = payment.Lease is { Owner: null, DueAt: { } due } && due > now;
        return triesLater || NextStep.Of(payment, services.Options.ResolveFor, now) is NextStep.Rest;
    }

    /// <summary>Judges a request and commits the payment with its first attempt, or its decline.</summary>
    /// <param name="isWritten">The key was committed when the request was accepted; else it is taken with this commit.</param>
    public async Task<Step> BeginAsync(KeyRow key, bool isWritten)
    {
        var request = PaymentRequest.Of(key);
        if (request.IsDraft)
        {
            return await CommitAsync(Keyed(Drafting.Draft(key, request, Now)));
        }

        var risk = await AssessAsync(key, request);
        var change = Keyed(Authorizing.Submit(key, request, risk, NewId(IdPrefix.Operation, key.PaymentId), Now));
        return await AttemptAsync(change, await AfterRiskAsync(change, request));

        PaymentChange Keyed(PaymentChange begun) => isWritten ? begun : begun.Under(key);
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
            NextStep.Judge => await JudgeAsync(payment),
            NextStep.Authenticate step => await AuthenticateAsync(payment, step.Authentication),
            NextStep.Inquire step => await InquireAsync(payment, step.Authentication),
            NextStep.Route => await RouteAgainAsync(payment),
            NextStep.Authorize step => await AuthorizeAsync(payment, step.Attempt),
            NextStep.GiveUp step => await GiveUpAsync(payment, step.Attempt),
            NextStep.Capture step => await CaptureAsync(payment, step.Operation, step.Attempt),
            NextStep.Void step => await VoidAsync(payment, step.Operation, step.Attempt),
            NextStep.Withdraw step => await WithdrawAsync(payment, step.Operation),
            NextStep.Refund step => await RefundAsync(payment, step.Operation, step.Attempt),
            NextStep.Lapse => await ReserveAsync(PaymentChange.Of(payment, Now).ReserveExpiry(NewId(IdPrefix.Operation, payment.Id), NewId(IdPrefix.Attempt, payment.Id), Now)),
            NextStep.Expire step => await ExpireAsync(payment, step.Operation, step.Attempt),
            var step => throw new InvalidOperationException($"{payment.Id} has nothing to carry out: {step}."),
        };
    }

    /// <summary>What an acquirer answered; null when there was no answer.</summary>
    private static async Task<T?> AnswerAsync<T>(Task<T> call) where T : class
    {
        try
        {
            return await call;
        }
        catch (AcquirerFailedException)
        {
            return null;
        }
    }

    /// <summary>The outcome is open: the payment stays with this acquirer and this reference, and is tried again later.</summary>
    private Task<Step> UnansweredAsync(Payment payment, Attempt attempt) =>
        CommitAsync(PaymentChange.Of(payment, Now).Unanswered(attempt), PauseAfter(attempt.Tries + 1));

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

    // As long again as it has been pending: doubling without a count.
    private TimeSpan PauseSince(DateTimeOffset begun)
    {
        var pause = Now - begun;
        return pause < services.Options.RetryFrom ? services.Options.RetryFrom : pause < services.Options.RetryUpTo ? pause : services.Options.RetryUpTo;
    }
}
