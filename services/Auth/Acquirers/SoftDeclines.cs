using System.Text.Json.Nodes;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Acquirers;

/// <summary>Declines after which another acquirer may be asked. A decline is a certain answer: nothing is held, so asking another can double nothing. Pure.</summary>
public static class SoftDeclines
{
    /// <summary>The attempt that was declined and followed by another, while that is not decided. One that was declined for want of authentication is the payer's to mend, not another acquirer's.</summary>
    public static Attempt? Of(Payment payment) => payment.Attempts.FirstOrDefault(attempt =>
        attempt is { State: AttemptState.Declined, DeclineKind: DeclineKind.Soft, DeclineCode: not DeclineCodes.AuthenticationRequired } && attempt.OperationId == payment.Authorization?.Id);

    /// <summary>Whether another acquirer is to be asked: once per payment, after a soft decline that the rule names.</summary>
    public static bool TriesNext(RoutingOptions table, Payment payment, AuthorizationAnswer answer) =>
        answer is { Result: AuthorizationResult.Declined, Kind: DeclineKind.Soft, Code: { } code } && table.TryNextAfter.GetValueOrDefault(code) && Of(payment) is null;

    /// <summary>The attempt is declined, and the payment is not: another acquirer is about to be asked.</summary>
    public static PaymentChange DeclinedSoftly(this PaymentChange change, Attempt attempt, AuthorizationAnswer answer, DateTimeOffset now)
    {
        var declined = attempt.Finish(AttemptState.Declined, now) with { ExternalId = answer.ExternalId, DeclineCode = answer.Code, DeclineKind = answer.Kind };
        var metadata = new JsonObject { ["acquirer"] = attempt.Acquirer, ["reference"] = attempt.Reference, ["decline_code"] = answer.Code, ["decline_kind"] = Names.Of(DeclineKind.Soft) };
        return change.Step("attempt.declined", payment => payment.With(declined), metadata);
    }

    /// <summary>There is nobody else to ask, so the first one's word stands.</summary>
    public static PaymentChange LetStand(this PaymentChange change, Attempt declined, DateTimeOffset now) =>
        change.Decline(declined.DeclineCode!, declined, declined.ExternalId, now, declined.DeclineKind);
}
