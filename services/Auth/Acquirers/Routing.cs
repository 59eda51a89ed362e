using Microsoft.Extensions.Options;
using PayFlow.ServiceDefaults.Acquirers;

namespace PayFlow.Auth.Acquirers;

/// <summary>Chooses whom to ask: the merchant's own order, else the currency's, else the default; who takes no calls at the moment is passed over.</summary>
public sealed class Routing(IOptions<RoutingOptions> options, AcquirerPipelines pipelines)
{
    /// <summary>The acquirer to ask next, or null when none takes calls now.</summary>
    /// <param name="own">The merchant's own order; may be empty.</param>
    /// <param name="except">Those that were asked already and certainly did nothing.</param>
    public string? Choose(IReadOnlyList<string> own, Currency currency, IReadOnlySet<string> except) =>
        Order(options.Value, own, currency).FirstOrDefault(acquirer => !except.Contains(acquirer) && pipelines.For(acquirer).State is not BreakerState.Open);

    /// <summary>Everybody who may be asked, in order.</summary>
    internal static IEnumerable<string> Order(RoutingOptions table, IReadOnlyList<string> own, Currency currency)
    {
        // A merchant's setting may name an acquirer that is gone since.
        var known = own.Where(table.Acquirers.ContainsKey).ToList();
        return known.Count > 0 ? known : table.Currencies.GetValueOrDefault(currency.Code) ?? table.Default;
    }
}
