namespace PayFlow.Auth.Vault;

/// <summary>A network's rules for its cards.</summary>
/// <param name="Lengths">How many digits its numbers have.</param>
/// <param name="CvcLength">How many its security codes have; null when it isn't told.</param>
public sealed record Brand(string Name, IReadOnlyList<int> Lengths, int? CvcLength)
{
    public bool HasCvc(string cvc) => !cvc.AsSpan().ContainsAnyExceptInRange('0', '9') && (CvcLength is { } length ? cvc.Length == length : cvc.Length is 3 or 4);
}

/// <summary>The networks' ranges (issuer identification numbers, ISO/IEC 7812-1), as they publish them. Where two networks share a range it goes by who issues in it.</summary>
internal static class Brands
{
    private static readonly Brand Visa = new("visa", [13, 16, 19], 3);
    private static readonly Brand Mastercard = new("mastercard", [16], 3);
    private static readonly Brand Amex = new("amex", [15], 4);
    private static readonly Brand Discover = new("discover", [16, 17, 18, 19], 3);
    private static readonly Brand Diners = new("diners", [14, 15, 16, 17, 18, 19], 3);
    private static readonly Brand Jcb = new("jcb", [16, 17, 18, 19], 3);
    private static readonly Brand UnionPay = new("unionpay", [16, 17, 18, 19], 3);
    private static readonly Brand Maestro = new("maestro", [12, 13, 14, 15, 16, 17, 18, 19], 3);
    /// <summary>A network that isn't in the table.</summary>
    public static readonly Brand Unknown = new("unknown", [12, 13, 14, 15, 16, 17, 18, 19], null);

    private static readonly (int From, int To, int Digits, Brand Brand)[] Ranges =
    [
        (4, 4, 1, Visa),
        (51, 55, 2, Mastercard),
        (2221, 2720, 4, Mastercard),
        (34, 34, 2, Amex),
        (37, 37, 2, Amex),
        (6011, 6011, 4, Discover),
        (644, 649, 3, Discover),
        (65, 65, 2, Discover),
        (300, 305, 3, Diners),
        (3095, 3095, 4, Diners),
        (36, 36, 2, Diners),
        (38, 39, 2, Diners),
        (3528, 3589, 4, Jcb),
        (62, 62, 2, UnionPay),   // with 622126 to 622925, which Discover takes in the United States
        (81, 81, 2, UnionPay),
        (5018, 5018, 4, Maestro),
        (5020, 5020, 4, Maestro),
        (5038, 5038, 4, Maestro),
        (5893, 5893, 4, Maestro),
        (6304, 6304, 4, Maestro),
        (6759, 6759, 4, Maestro),
        (6761, 6763, 4, Maestro),
    ];

    public static Brand Of(string digits)
    {
        foreach (var (from, to, length, brand) in Ranges)
        {
            var prefix = int.Parse(digits.AsSpan(0, length), System.Globalization.CultureInfo.InvariantCulture);
            if (prefix >= from && prefix <= to)
            {
                return brand;
            }
        }

        return Unknown;
    }
}
