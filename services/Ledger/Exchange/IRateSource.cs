using PayFlow.Kernel;

namespace PayFlow.Ledger.Exchange;

/// <summary>
/// Where rates come from: the place where a provider of rates plugs in. What it answers is what a quote promises, so it must be the rate at which the position can
/// be covered; when it doesn't know one that is fresh enough it answers none, and nothing is quoted.
/// </summary>
public interface IRateSource
{
    ValueTask<ExchangeRate?> FindAsync(Currency from, Currency to, CancellationToken ct);
}
