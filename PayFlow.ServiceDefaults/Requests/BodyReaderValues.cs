using System.Globalization;
using System.Text.Json;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Requests;

/// <summary>The values that PayFlow's APIs have in common, read from a body.</summary>
public static class BodyReaderValues
{
    private const int MetadataKeys = 50;
    private const int MetadataKeyLength = 40;
    private const int MetadataValueLength = 500;

    /// <summary><c>{"amount": 1500, "currency": "USD"}</c>: minor units, from <paramref name="min"/> to <see cref="Kernel.Money.MaxMinorUnits"/>.</summary>
    public static Money Money(this BodyReader body, string name, long min = 1) => body.Object(name).MoneyHere(min);

    public static Money? OptionalMoney(this BodyReader body, string name, long min = 1) => body.OptionalObject(name)?.MoneyHere(min);

    /// <summary>An alphabetic code of ISO 4217, upper case.</summary>
    public static Currency Currency(this BodyReader body, string name) => body.Required(
        name,
        body.Parsed(name, text => (Kernel.Currency.TryParse(text, out var currency), currency), "unknown_currency", "a currency of ISO 4217 in upper case, such as USD"));

    /// <summary>An id with this prefix.</summary>
    public static Id Id(this BodyReader body, string name, string prefix) => body.Required(name, body.OptionalId(name, prefix));

    public static Id? OptionalId(this BodyReader body, string name, string prefix) =>
        body.Parsed(name, text => (Kernel.Id.TryParse(prefix, text, out var id), id), "invalid_id", $"an id that begins with {prefix}_");

    /// <summary>RFC 3339 with an offset: <c>2026-11-21T09:30:00Z</c>.</summary>
    public static DateTimeOffset Time(this BodyReader body, string name) => body.Required(name, body.OptionalTime(name));

    public static DateTimeOffset? OptionalTime(this BodyReader body, string name) =>
        body.Parsed(name, text => (RequestText.TryParseTime(text, out var time), time), "invalid_time", RequestText.TimeExpected);

    /// <summary>A calendar date: <c>2026-11-21</c>.</summary>
    public static DateOnly Date(this BodyReader body, string name) => body.Required(name, body.OptionalDate(name));

    public static DateOnly? OptionalDate(this BodyReader body, string name) =>
        body.Parsed(name, text => (RequestText.TryParseDate(text, out var date), date), "invalid_date", RequestText.DateExpected);

    /// <summary>The merchant's own names and values: at most 50, names up to 40 characters, values text up to 500. Left out is empty.</summary>
    public static IReadOnlyDictionary<string, string> Metadata(this BodyReader body, string name)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (body.OptionalObject(name) is not { } metadata)
        {
            return values;
        }

        foreach (var property in metadata.Everything())
        {
            if (property.Name.Length is 0 or > MetadataKeyLength || property.Name.Any(char.IsControl))
            {
                body.Error(name, "wrong_length", $"Names in {body.Path(name)} must have 1 to {MetadataKeyLength} characters, none of them control characters.");
            }
            else if (property.Value.ValueKind != JsonValueKind.String)
            {
                metadata.Error(property.Name, "wrong_type", $"{metadata.Path(property.Name)} must be text.");
            }
            else if (metadata.Text(property.Name, property.Value.GetString()!, MetadataValueLength, min: 0) is { } text)
            {
                values.Add(property.Name, text);
            }
        }

        if (values.Count > MetadataKeys)
        {
            body.Error(name, "wrong_length", $"{body.Path(name)} must have at most {MetadataKeys} names.");
        }

        return values;
    }

    private static Money MoneyHere(this BodyReader money, long min)
    {
        var amount = money.Int64("amount", min, Kernel.Money.MaxMinorUnits);
        return new Money(amount, money.Currency("currency"));
    }
}

/// <summary>How times and dates are spelled in requests.</summary>
internal static class RequestText
{
    public const string TimeExpected = "a time with its offset, such as 2026-11-21T09:30:00Z";
    public const string DateExpected = "a date such as 2026-11-21";

    private static readonly string[] TimeFormats =
        [.. new[] { "", ".f", ".ff", ".fff", ".ffff", ".fffff", ".ffffff", ".fffffff" }.Select(fraction => $"yyyy-MM-dd'T'HH:mm:ss{fraction}zzz")];

    // A time without an offset is refused rather than guessed.
    public static bool TryParseTime(string text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text.EndsWith('Z') ? text[..^1] + "+00:00" : text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);

    public static bool TryParseDate(string text, out DateOnly date) =>
        DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);
}
