using Microsoft.Extensions.Options;
using PayFlow.Kernel;

namespace PayFlow.Ledger.Exchange;

/// <summary>A table of rates from configuration. Each rate serves both ways; there are no crosses over a third currency.</summary>
internal sealed class ConfiguredRates : IRateSource
{
    private readonly Dictionary<(Currency From, Currency To), ExchangeRate> _rates = [];

    public ConfiguredRates(IOptions<ExchangeOptions> options)
    {
        foreach (var (pair, text) in options.Value.Rates)
        {
            if (ExchangeOptions.TryReadPair(pair, out var from, out var to) && ExchangeRate.TryParse(text, out var numerator, out var denominator))
            {
                var rate = new ExchangeRate(from, to, numerator, denominator, options.Value.Source, options.Value.RatesAt);
                _rates[(from, to)] = rate;
                _rates.TryAdd((to, from), rate.Inverse);
            }
        }
    }

    public ValueTask<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken ct) => ValueTask.FromResult(_rates.GetValueOrDefault((from, to)));
}
