using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace PayFlow.Kernel;

/// <summary>A currency of ISO 4217 that PayFlow moves money in, with the number of decimals of its minor unit.</summary>
public readonly record struct Currency
{
    // ISO 4217 list one (2024 amendments): the active currencies of payment cards. Exponents are the list's "minor unit" column.
    private const string Exponent0 = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
    private const string Exponent3 = "BHD IQD JOD KWD LYD OMR TND";
    private const string Exponent2 =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR " +
        "FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK " +
        "MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD " +
        "TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";

    private static readonly FrozenDictionary<string, int> Exponents =
        Listed(Exponent0, 0).Concat(Listed(Exponent2, 2)).Concat(Listed(Exponent3, 3)).ToFrozenDictionary(StringComparer.Ordinal);

    private readonly string? _code;

    private Currency(string code) => _code = code;

    public static Currency Usd { get; } = new("USD");

    public static Currency Eur { get; } = new("EUR");

    /// <summary>The ISO 4217 alphabetic code, upper case.</summary>
    public string Code => _code ?? throw new InvalidOperationException("This currency was never set.");

    /// <summary>How many decimals the minor unit is away from the major unit: 2 for USD, 0 for JPY, 3 for KWD.</summary>
    public int Exponent => Exponents[Code];

    /// <summary>Reads an alphabetic code. Codes are upper case; nothing is guessed.</summary>
    public static bool TryParse([NotNullWhen(true)] string? code, out Currency currency)
    {
        // The listed key is taken rather than the caller's string, so that equal currencies share one.
        if (code is not null && Exponents.ContainsKey(code))
        {
            currency = new Currency(string.Intern(code));
            return true;
        }

        currency = default;
        return false;
    }

    /// <summary>Reads an alphabetic code that is known to be right: from our own database or contracts.</summary>
    /// <exception cref="FormatException">The code isn't one PayFlow knows.</exception>
    public static Currency Parse(string code) =>
        TryParse(code, out var currency) ? currency : throw new FormatException($"'{code}' is not a currency code of ISO 4217 that PayFlow knows.");

    public override string ToString() => _code ?? "";

    private static IEnumerable<KeyValuePair<string, int>> Listed(string codes, int exponent) =>
        codes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(code => KeyValuePair.Create(code, exponent));
}
