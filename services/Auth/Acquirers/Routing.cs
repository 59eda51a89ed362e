using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Merchants;
using PayFlow.Auth.Payments;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>Chooses whom to ask, by <see cref="RoutingRules"/> and by what the breakers say now.</summary>
public sealed class Routing(IOptions<RoutingOptions> options, AcquirerPipelines pipelines)
{
    /// <summary>The acquirer to ask next for a payment, or null when none takes calls now.</summary>
    /// <param name="turnedAway">Those that took no call just now.</param>
    public RouteChoice? Choose(Payment payment, Merchant merchant, IReadOnlySet<string> turnedAway)
    {
        var question = new RouteQuestion(
            merchant.Id, merchant.Acquirers, payment.Amount, payment.Card.Brand, payment.Card.Country, payment.Risk is { Fallback: false, Score: var score } ? score : null);
        var tried = SoftDeclines.Of(payment) is { } declined ? turnedAway.Append(declined.Acquirer).ToHashSet() : turnedAway;
        return RoutingRules.Choose(RoutingRules.Order(options.Value, question), tried, acquirer => StandingOf(acquirer, payment.Id));
    }

    /// <summary>Whether anybody would take a payment now. Asked before anything is written for it.</summary>
    public bool IsAnybodyThere(Merchant merchant, Money amount, CardView card)
    {
        var order = RoutingRules.Order(options.Value, new RouteQuestion(merchant.Id, merchant.Acquirers, amount, card.Brand, card.Country, RiskScore: null));
        return RoutingRules.Choose(order, ImmutableHashSet<string>.Empty, acquirer => pipelines.For(acquirer).Breaker.TakesCalls ? Standing.Ready : Standing.Away) is not null;
    }

    /// <summary>Whether another acquirer is to be asked after this answer.</summary>
    public bool TriesNextAfter(Payment payment, AuthorizationAnswer answer) => SoftDeclines.TriesNext(options.Value, payment, answer);

    private Standing StandingOf(string acquirer, Id payment)
    {
        var breaker = pipelines.For(acquirer).Breaker;
        return !breaker.TakesCalls ? Standing.Away : RoutingRules.IsInShare(payment, acquirer, breaker.Share) ? Standing.Ready : Standing.Recovering;
    }
}
