using System.Globalization;
using PayFlow.Kernel;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Exchange;

/// <summary>What one unit of a currency is worth in another, as an exact ratio: nothing is rounded but amounts, and those once.</summary>
/// <param name="Numerator">For one major unit (1 USD) of <paramref name="From"/> there are numerator / denominator major units of <paramref name="To"/>.</param>
/// <param name="Source">Who says so.</param>
/// <param name="At">When it was so, UTC.</param>
public sealed record ExchangeRate(Currency From, Currency To, long Numerator, long Denominator, string Source, DateTimeOffset At)
{
    /// <summary>The largest term of a ratio. With it, no product below overflows 128 bits.</summary>
    public const long MaxTerm = 1_000_000_000_000;

    /// <summary>The same rate, the other way round.</summary>
    public ExchangeRate Inverse => this with { From = To, To = From, Numerator = Denominator, Denominator = Numerator };

    /// <summary>What an amount of <see cref="From"/> is worth in <see cref="To"/>, both in minor units, rounded half to even.</summary>
    /// <exception cref="OverflowException">It is worth more than 64 bits hold.</exception>
    public long Convert(long amount)
    {
        var (worth, per) = ((Int128)amount * Numerator * Minor(To), (Int128)Denominator * Minor(From));
        var (quotient, remainder) = Int128.DivRem(worth, per);
        return checked((long)(remainder * 2 > per || (remainder * 2 == per && Int128.IsOddInteger(quotient)) ? quotient + 1 : quotient));
    }

    /// <summary>Reads a rate as people write it, <c>1.0850</c>: exactly.</summary>
    public static bool TryParse(string text, out long numerator, out long denominator)
    {
        (numerator, denominator) = (0, 1);
        var point = text.IndexOf('.', StringComparison.Ordinal);
        var decimals = point < 0 ? 0 : text.Length - point - 1;
        if (text.Length > 14 || text.LastIndexOf('.') != point || (point >= 0 && decimals == 0) || !long.TryParse(text.Replace(".", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture, out numerator) || numerator == 0)
        {
            return false;
        }

        for (var i = 0; i < decimals; i++)
        {
            denominator *= 10;
        }

        var common = (long)System.Numerics.BigInteger.GreatestCommonDivisor(numerator, denominator);
        (numerator, denominator) = (numerator / common, denominator / common);
        return numerator <= MaxTerm && denominator <= MaxTerm;
    }

    private static long Minor(Currency currency) => currency.Exponent switch
    {
        0 => 1,
        2 => 100,
        3 => 1_000,
        var other => throw new InvalidOperationException($"No currency of ISO 4217 that we know has {other} decimals."),
    };
}
