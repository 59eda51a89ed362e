using System.ComponentModel.DataAnnotations;
using PayFlow.Kernel;

namespace PayFlow.Ledger.Exchange;

/// <summary>Section <c>Ledger:Exchange</c>.</summary>
public sealed class ExchangeOptions : IValidatableObject
{
    /// <summary>How long a quote may be executed.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan QuoteLifetime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Our fee, basis points of what is sold, on top of it.</summary>
    [Range(0, 1_000)]
    public int FeeBasisPoints { get; set; } = 50;

    /// <summary>Who says what the rates are.</summary>
    [Required, StringLength(80, MinimumLength = 1)]
    public string Source { get; set; } = "configuration";

    /// <summary>When the rates were so, UTC.</summary>
    public DateTimeOffset RatesAt { get; set; }

    /// <summary><c>EUR/USD</c>: how many USD there are for one EUR, as a decimal number.</summary>
    public Dictionary<string, string> Rates { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Rates.Count > 0 && RatesAt == default)
        {
            yield return new ValidationResult("Rates have a time, RatesAt.");
        }

        foreach (var (pair, text) in Rates)
        {
            if (!TryReadPair(pair, out _, out _) || !ExchangeRate.TryParse(text, out _, out _))
            {
                yield return new ValidationResult($"A rate is written like EUR/USD and 1.0850, not {pair} and {text}.");
            }
        }
    }

    internal static bool TryReadPair(string pair, out Currency from, out Currency to)
    {
        (from, to) = (default, default);
        return pair.Split('/') is [var left, var right] && Currency.TryParse(left, out from) && Currency.TryParse(right, out to) && from != to;
    }
}
