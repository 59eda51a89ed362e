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
        var question = RouteQuestion.Of(merchant.Id, merchant.Acquirers, payment.Amount, payment.Method, payment.Risk is { Fallback: false, Score: var score } ? score : null);
        var tried = SoftDeclines.Of(payment) is { } declined ? turnedAway.Append(declined.Acquirer).ToHashSet() : turnedAway;
        return RoutingRules.Choose(RoutingRules.Order(options.Value, question), tried, acquirer => StandingOf(acquirer, payment.Id));
    }

    /// <summary>Whether there is an acquirer for what is paid with, be it away or not.</summary>
    public bool Takes(PaymentMethodType type) => options.Value.Acquirers.Values.Any(acquirer => acquirer.Takes == type);

    /// <summary>Business days until an acquirer settles, from the settlement date on.</summary>
    public int SettlesAfterDays(string acquirer) => options.Value.Acquirers.TryGetValue(acquirer, out var settings) ? settings.SettlesAfterDays : 0;

    /// <summary>Whether anybody would take a payment now. Asked before anything is written for it.</summary>
    public bool IsAnybodyThere(Merchant merchant, Money amount, PaymentMethod method)
    {
        var order = RoutingRules.Order(options.Value, RouteQuestion.Of(merchant.Id, merchant.Acquirers, amount, method, riskScore: null));
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
