using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Execution;

/// <content>What is asked of the acquirer that holds the authorization.</content>
internal sealed partial class PaymentSteps
{
    private async Task<Step> CaptureAsync(Payment payment, Operation operation, Attempt attempt)
    {
        var call = new CaptureCall(attempt.Reference, payment.ExternalId!, Holding(payment).Reference, payment.Amount with { MinorUnits = operation.Amount }, operation.IsFinal);
        if (await AnswerAsync(services.Acquirers.CaptureAsync(attempt.Acquirer, call, stopping)) is not { } answer)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.capture.answered");
        if (answer.Reason == OperationAnswer.UnknownAuthorization && payment.Attempts.Count(asked => asked.OperationId == operation.Id) == 1)
        {
            return await InquireForTheIdAsync(payment, operation, attempt);
        }

        var change = PaymentChange.Of(payment, Now);
        if (answer.ExternalId is { } externalId)
        {
            var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
            var fee = services.Pricing.FeeOf(payment.Amount with { MinorUnits = operation.Amount });
            change.Captured(operation, attempt, externalId, fee, merchant.DayEnd, Now);
        }
        else
        {
            change.CaptureRefused(operation, attempt, answer.Reason!, Now);
        }

        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.capture.committed");
        return step;
    }

    /// <summary>No authorization goes by that id and our reference: the acquirer told us another payment's, or has lost it. Which of the two, it says by the reference.</summary>
    private async Task<Step> InquireForTheIdAsync(Payment payment, Operation operation, Attempt attempt)
    {
        var authorization = Holding(payment);
        AuthorizationAnswer? said;
        try
        {
            said = await services.Acquirers.InquireAsync(authorization.Acquirer, authorization.Reference, stopping);
        }
        catch (AcquirerFailedException)
        {
            return await UnansweredAsync(payment, attempt);
        }

        var change = PaymentChange.Of(payment, Now);
        if (said is not { Result: AuthorizationResult.Approved, ExternalId: { } externalId } || externalId == payment.ExternalId)
        {
            return await CommitAsync(change.CaptureRefused(operation, attempt, OperationAnswer.UnknownAuthorization, Now));
        }

        LogRenamed(services.Logger, authorization.Acquirer, payment.Id, externalId, payment.ExternalId!);
        return await UnlessTakenAsync(
            payment, attempt, externalId, CommitAsync(change.Rename(authorization, externalId, operation, attempt, NewId(IdPrefix.Attempt, payment.Id), Now)));
    }

    private async Task<Step> VoidAsync(Payment payment, Operation operation, Attempt attempt)
    {
        if (await ReverseAsync(payment, attempt) is not { } answer)
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
        if (await ReverseAsync(payment, attempt) is not { } answer)
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

    /// <summary>Takes the capture's item out of settlement where it still can be, which decides how the money goes back.</summary>
    private async Task<Step> WithdrawAsync(Payment payment, Operation operation)
    {
        // Once money went back by a refund, the acquirer takes no void of a capture any more.
        bool? withdrawn = Refunding.HasGivenBack(payment) ? false : await services.Withdrawals.AskAsync(payment.Id, operation, stopping);
        CrashPoint.Hit("auth.refund.withdrawn");
        var change = PaymentChange.Of(payment, Now);
        var attemptId = NewId(IdPrefix.Attempt, payment.Id);
        var step = withdrawn switch
        {
            true => await CommitAsync(change.StartCaptureVoid(operation, attemptId, Now)),
            false => await CommitAsync(change.StartRefund(operation, attemptId, Now)),
            null => await CommitAsync(change, PauseSince(operation.CreatedAt)),
        };
        CrashPoint.Hit("auth.refund.decided");
        return step;
    }

    private async Task<Step> RefundAsync(Payment payment, Operation operation, Attempt attempt)
    {
        if (await AnswerAsync(GiveBackAsync(payment, operation, attempt)) is not { } answer)
        {
            return await UnansweredAsync(payment, attempt);
        }

        CrashPoint.Hit("auth.refund.answered");
        var change = PaymentChange.Of(payment, Now);
        if (answer.ExternalId is { } externalId)
        {
            var merchant = await services.Merchants.GetAsync(payment.MerchantId, stopping);
            change.Refunded(operation, attempt, externalId, merchant.DayEnd, Now);
        }
        else
        {
            change.RefundRefused(operation, attempt, answer.Reason!, Now);
        }

        var step = await CommitAsync(change);
        CrashPoint.Hit("auth.refund.committed");
        return step;
    }

    private Task<OperationAnswer> GiveBackAsync(Payment payment, Operation operation, Attempt attempt)
    {
        if (!operation.VoidsCapture)
        {
            var refund = new RefundCall(attempt.Reference, payment.ExternalId!, payment.Amount with { MinorUnits = operation.Amount });
            return services.Acquirers.RefundAsync(attempt.Acquirer, refund, stopping);
        }

        var capture = payment.Operations.Single(captured => captured.Id == operation.CaptureId);
        return services.Acquirers.VoidCaptureAsync(attempt.Acquirer, new CaptureVoidCall(attempt.Reference, capture.ExternalId!), stopping);
    }

    /// <summary>Undoes the authorization of a payment at the acquirer that holds it; the same again when it is asked again.</summary>
    private Task<ReversalAnswer?> ReverseAsync(Payment payment, Attempt attempt) =>
        AnswerAsync(services.Acquirers.ReverseAsync(attempt.Acquirer, Holding(payment).Reference, stopping));

    /// <summary>The attempt that the payment's money is held under.</summary>
    private static Attempt Holding(Payment payment) =>
        payment.Attempts.Single(approved => approved.OperationId == payment.Authorization!.Id && approved.State == AttemptState.Approved);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Acquirer} knows the authorization of {Payment} as {ExternalId} and had told us {Told}, which may be another payment's: it is captured by the first")]
    private static partial void LogRenamed(ILogger logger, string acquirer, Id payment, string externalId, string told);
}
