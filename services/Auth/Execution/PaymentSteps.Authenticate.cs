using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;
using PayFlow.Auth.Risk;
using PayFlow.Auth.ThreeDSecure;
using PayFlow.Messaging;

namespace PayFlow.Auth.Execution;

/// <content>What comes before an acquirer: judging a confirmed draft, and authenticating the payer.</content>
internal sealed partial class PaymentSteps
{
    private async Task<Step> JudgeAsync(Payment payment)
    {
        var key = await KeySql.FindByPaymentAsync(services.Shards, payment.Id, stopping)
            ?? throw new InvalidOperationException($"{payment.Id} has no request.");
        var request = PaymentRequest.Of(key);
        var risk = await AssessAsync(key, request);
        var change = PaymentChange.Of(payment, Now).Assess(risk);
        return await AttemptAsync(change, await AfterRiskAsync(change, request));
    }

    private async Task<RiskView> AssessAsync(KeyRow key, PaymentRequest request)
    {
        var risk = await services.Risk.AssessAsync(key, request, stopping);
        CrashPoint.Hit("auth.risk.assessed");
        return risk;
    }

    /// <summary>What follows from the judgement: a decline, an authentication, or an acquirer.</summary>
    private async Task<TimeSpan?> AfterRiskAsync(PaymentChange change, PaymentRequest request)
    {
        var risk = change.After.Risk!;
        if (RiskRules.DeclineCode(risk, change.After.Method.Type) is { } code)
        {
            change.DeclineByRisk(code, Now);
            return null;
        }

        if (risk.Decision == RiskView.Authenticate || request.Authenticate)
        {
            change.RequireAuthentication(risk.Decision == RiskView.Authenticate ? "risk" : "merchant", Now);
            return null;
        }

        return await RouteAsync(change);
    }

    private async Task<Step> AuthenticateAsync(Payment payment, Authentication authentication)
    {
        var card = await services.Vault.OpenCardAsync(payment.Method.TokenId, stopping);
        return await TakeAsync(payment, authentication, services.Issuers.AuthenticateAsync(authentication.Reference, payment.Id, payment.Amount, card, stopping));
    }

    private Task<Step> InquireAsync(Payment payment, Authentication authentication) =>
        TakeAsync(payment, authentication, services.Issuers.InquireAsync(authentication.Reference, stopping));

    private async Task<Step> TakeAsync(Payment payment, Authentication authentication, Task<IssuerAnswer?> question)
    {
        var answer = await question;
        CrashPoint.Hit("auth.issuer.answered");
        var change = PaymentChange.Of(payment, Now);
        TimeSpan? pause = null;
        switch (answer)
        {
            case IssuerAnswer.Authenticated said:
                change.Authenticated(said.Value);
                pause = await RouteAsync(change);
                break;
            case IssuerAnswer.Challenge said when !authentication.IsPayersTurn:
                change.Challenge(said.Page, Now + services.Issuers.Options.ChallengeFor);
                pause = services.Issuers.Options.AskEvery;
                break;
            case IssuerAnswer.Rejected:
                change.Decline(Authenticating.Failed, attempt: null, externalId: null, Now);
                break;
            default:
                pause = authentication.IsPayersTurn ? WaitOrDecline(change, authentication) : PauseOrDecline(change, authentication);
                break;
        }

        return await AttemptAsync(change, pause);
    }

    // The access control server is away: nothing is held anywhere, so after a while the payment may end.
    private TimeSpan? PauseOrDecline(PaymentChange change, Authentication authentication)
    {
        if (Now - authentication.CreatedAt < services.Options.ResolveFor)
        {
            return PauseSince(authentication.CreatedAt);
        }

        change.Decline(Authenticating.Unavailable, attempt: null, externalId: null, Now);
        return null;
    }

    private TimeSpan? WaitOrDecline(PaymentChange change, Authentication authentication)
    {
        if (Now >= authentication.ExpiresAt)
        {
            change.Decline(Authenticating.TimedOut, attempt: null, externalId: null, Now);
            return null;
        }

        change.StillChallenged();
        var left = authentication.ExpiresAt!.Value - Now;
        return left < services.Issuers.Options.AskEvery ? left : services.Issuers.Options.AskEvery;
    }
}
