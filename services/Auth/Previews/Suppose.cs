using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.Previews;

/// <summary>What a supposed answer is made of.</summary>
/// <param name="Acquirer">Who would be asked first.</param>
/// <param name="FeeOf">What the merchant would pay for a capture.</param>
/// <param name="DayEnd">When the merchant's settlement day ends.</param>
internal sealed record Terms(string Acquirer, TimeSpan Hold, Func<Money, long> FeeOf, DayEnd DayEnd);

/// <summary>
/// What a change would come to if everybody who is asked says yes: the executor's own steps, with supposed answers in place of calls. Pure; nothing of it is ever written.
/// </summary>
internal static class Suppose
{
    // What others would call it; never shown.
    private const string Nobody = "supposed";

    private static readonly RiskView NoRisk = new(0, RiskView.Allow, [], Fallback: false);

    public static PaymentChange Success(PaymentChange change, Terms terms, DateTimeOffset now)
    {
        while (true)
        {
            var payment = change.After;
            switch (NextStep.Of(payment, TimeSpan.MaxValue, DateTimeOffset.MinValue))
            {
                case NextStep.Judge:
                    change.Assess(NoRisk);
                    break;
                case NextStep.Authenticate or NextStep.Inquire:
                    change.Authenticated(Nobody);
                    break;
                case NextStep.Route:
                    change.StartAttempt(Id.New(IdPrefix.Attempt, payment.Id.Slot, now), new RouteChoice(terms.Acquirer, RoutingRules.Default, []), now);
                    break;
                case NextStep.Authorize step:
                    Approve(change, step, terms, now);
                    break;
                case NextStep.Capture step:
                    var fee = terms.FeeOf(payment.Amount with { MinorUnits = step.Operation.Amount });
                    change.Captured(step.Operation, step.Attempt, Nobody, fee, terms.DayEnd, now);
                    break;
                case NextStep.Void step:
                    change.Voided(step.Operation, step.Attempt, now);
                    break;
                case NextStep.Expire step:
                    change.Expired(step.Operation, step.Attempt, now);
                    break;
                case NextStep.Withdraw step when MayBeVoided(payment):
                    change.StartCaptureVoid(step.Operation, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), now);
                    break;
                case NextStep.Withdraw step:
                    change.StartRefund(step.Operation, Id.New(IdPrefix.Attempt, payment.Id.Slot, now), now);
                    break;
                case NextStep.Refund step:
                    change.Refunded(step.Operation, step.Attempt, Nobody, terms.DayEnd, now);
                    break;
                default:
                    return change;
            }
        }
    }

    // As far as can be known here: what was settled was on its way, what wasn't may be.
    private static bool MayBeVoided(Payment payment) => payment.Amounts.Settled == 0 && !Refunding.HasGivenBack(payment);

    private static void Approve(PaymentChange change, NextStep.Authorize step, Terms terms, DateTimeOffset now)
    {
        change.Approve(step.Attempt, Nobody, terms.Hold, now);
        var payment = change.After;
        if (payment.CaptureAutomatically)
        {
            change.ReserveCapture(
                Id.New(IdPrefix.Operation, payment.Id.Slot, now),
                Id.New(IdPrefix.Attempt, payment.Id.Slot, now),
                payment.Amounts.Uncaptured,
                isFinal: true,
                payment.Authorization!.IdempotencyKey,
                now);
        }
    }
}
