using System.Diagnostics.CodeAnalysis;

namespace PayFlow.Auth.Vault;

/// <summary>A card number that has the right form. It prints masked, so that no log and no message can show it.</summary>
public sealed class CardNumber
{
    private const int MinLength = 12;
    private const int MaxLength = 19;

    private CardNumber(string digits) => (Digits, Network) = (digits, Brands.Of(digits));

    /// <summary>The number itself. Goes into the vault and to an acquirer, nowhere else.</summary>
    internal string Digits { get; }

    public string Last4 => Digits[^4..];

    /// <summary>The first eight digits: issuer and product (ISO/IEC 7812-1:2017). Six of a number that has fewer than 16 (PCI DSS 3.4.1 lets no more be shown).</summary>
    public string Bin => Digits.Length >= 16 ? Digits[..8] : Digits[..6];

    /// <summary>First six and last four, as PCI DSS 3.4 lets a number be shown.</summary>
    public string Masked => $"{Digits[..6]}{new string('*', Digits.Length - 10)}{Last4}";

    /// <summary>The network's name.</summary>
    public string Brand => Network.Name;

    /// <summary>The rules of its network.</summary>
    public Brand Network { get; }

    /// <summary>ISO 3166-1 alpha-2 of the issuer, or null when the range isn't known.</summary>
    public string? Country => BinCountries.Of(Digits);

    /// <summary>Reads 12 to 19 digits, as many as the network's numbers have, with a right check digit (ISO/IEC 7812-1 annex B). Spaces and dashes are not guessed away.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CardNumber? number)
    {
        number = text is { Length: >= MinLength and <= MaxLength } && !text.AsSpan().ContainsAnyExceptInRange('0', '9') && HasCheckDigit(text) && Brands.Of(text).Lengths.Contains(text.Length)
            ? new CardNumber(text)
            : null;
        return number is not null;
    }

    public override string ToString() => Masked;

    private static bool HasCheckDigit(string digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            var weighted = i % 2 == 0 ? digit : digit * 2;
            sum += weighted > 9 ? weighted - 9 : weighted;
        }

        return sum % 10 == 0;
    }
}

/// <summary>
/// Countries of issuers. The real table is licensed from the networks; these are the published test ranges: 4000 00 and the country's numeric code
/// (ISO 3166-1) in digits 7 to 9, and the usual test numbers of the United States.
/// </summary>
internal static class BinCountries
{
    private static readonly Dictionary<string, string> Numeric =
        "840US 124CA 076BR 484MX 826GB 276DE 250FR 380IT 724ES 528NL 040AT 756CH 372IE 752SE 036AU 392JP 702SG"
            .Split(' ').ToDictionary(country => country[..3], country => country[3..]);

    private static readonly string[] UnitedStates = ["424242", "400000", "555555", "378282", "601111", "222300"];

    public static string? Of(string digits)
    {
        if (digits.StartsWith("400000", StringComparison.Ordinal) && Numeric.TryGetValue(digits[6..9], out var country))
        {
            return country;
        }

        return Array.Exists(UnitedStates, prefix => digits.StartsWith(prefix, StringComparison.Ordinal)) ? "US" : null;
    }
}
