using System.Numerics;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Rules;

/// <summary>The amounts of earlier payments in one currency, as sums: exact, and the same in whatever order they are added.</summary>
/// <param name="Samples">How many.</param>
/// <param name="Total">Σ amount, minor units.</param>
/// <param name="Squares">Σ amount².</param>
public readonly record struct AmountHistory(long Samples, BigInteger Total, BigInteger Squares)
{
    public AmountHistory With(long amount) => new(Samples + 1, Total + amount, Squares + (BigInteger.One * amount * amount));

    /// <summary>The mean, minor units, rounded down; 0 without samples.</summary>
    public long Mean => Samples == 0 ? 0 : (long)(Total / Samples);

    /// <summary>
    /// Whether an amount is more than so many standard deviations above the mean: (x − T/n)² &gt; k² · s² with s² = (n·Q − T²) / (n·(n−1)), the
    /// sample variance. Multiplied out it needs no division, and no floating point touches money.
    /// </summary>
    /// <param name="amount">Minor units.</param>
    public bool IsAbove(long amount, int sigmas)
    {
        if (Samples < 2)
            return false;

        var distance = (BigInteger.One * Samples * amount) - Total;
        var spread = (Samples * Squares) - (Total * Total);
        return distance.Sign > 0 && distance * distance * (Samples - 1) > BigInteger.One * sigmas * sigmas * Samples * spread;
    }

    /// <summary>Whether an amount is at least this percentage of the mean.</summary>
    public bool IsAtLeast(long amount, int percentOfMean) => BigInteger.One * Samples * amount * 100 >= Total * percentOfMean;

    /// <summary>The mean for people.</summary>
    public Money MeanIn(Currency currency) => new(Mean, currency);
}
