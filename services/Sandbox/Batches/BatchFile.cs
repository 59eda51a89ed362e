using System.Globalization;
using PayFlow.Kernel;

namespace PayFlow.Sandbox.Batches;

/// <summary>One row of a settlement file: a capture or a refund that is to be settled.</summary>
/// <param name="ExternalId">The acquirer's id of the capture or refund.</param>
/// <param name="Amount">Minor units; below zero for a refund.</param>
public sealed record BatchItem(string ItemId, string ExternalId, long Amount);

/// <summary>
/// A settlement file: a header, one row per capture or refund in one currency, and a trailer with count and sum. Amounts are signed as they move the
/// deposit: a refund's is below zero. Fields hold neither commas nor quotes, so nothing is ever quoted.
/// </summary>
public sealed record BatchFile(string Currency, IReadOnlyList<BatchItem> Items)
{
    public const string Header = "item_id,external_id,amount,currency,occurred_at";

    private const int MostErrors = 50;

    public long Amount => Items.Sum(item => item.Amount);

    /// <summary>Reads a whole file, or names what is wrong with it, line by line.</summary>
    public static Result<BatchFile> Parse(string text)
    {
        var lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var errors = new List<FieldError>();
        if (lines[0] != Header)
        {
            errors.Add(new("line 1", "header", $"The first line is '{Header}'."));
        }

        var rows = lines.Length > 2 ? lines[1..^1] : [];
        var items = new List<BatchItem>(rows.Length);
        var currency = rows.Length > 0 ? rows[0].Split(',').ElementAtOrDefault(3) : null;
        for (var i = 0; i < rows.Length && errors.Count < MostErrors; i++)
        {
            ReadRow(rows[i], $"line {i + 2}", currency, items, errors);
        }

        if (errors.Count == 0)
        {
            CheckTrailer(lines, items, errors);
        }

        return errors.Count > 0 ? Refusal.Invalid(errors) : new BatchFile(currency!, items);
    }

    private static void ReadRow(string row, string where, string? currency, List<BatchItem> items, List<FieldError> errors)
    {
        if (row.Split(',') is not [var itemId, var externalId, var amount, var code, var occurredAt])
        {
            errors.Add(new(where, "fields", "A row has five fields."));
            return;
        }

        if (!IsName(itemId) || !IsName(externalId))
        {
            errors.Add(new(where, "id", "An id has 1 to 64 letters, digits, '_' or '-'."));
        }

        if (!Kernel.Currency.TryParse(code, out _) || code != currency)
        {
            errors.Add(new(where, "currency", "A file has one currency, by its ISO 4217 code."));
        }

        if (!DateTimeOffset.TryParse(occurredAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            errors.Add(new(where, "occurred_at", "A time is written as in RFC 3339."));
        }

        if (!long.TryParse(amount, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minorUnits) ||
            minorUnits is 0 or < -Money.MaxMinorUnits or > Money.MaxMinorUnits)
        {
            errors.Add(new(where, "amount", $"An amount is between 1 and {Money.MaxMinorUnits} minor units, with a minus for a refund."));
            return;
        }

        items.Add(new BatchItem(itemId, externalId, minorUnits));
    }

    private static void CheckTrailer(string[] lines, List<BatchItem> items, List<FieldError> errors)
    {
        var expected = $"T,{items.Count},{items.Sum(item => item.Amount)}";
        if (items.Count == 0)
        {
            errors.Add(new("line 2", "empty", "A file has at least one row between header and trailer."));
        }
        else if (lines[^1] != expected)
        {
            errors.Add(new($"line {lines.Length}", "trailer", $"The last line of these rows is '{expected}': a part of the file is missing or wrong."));
        }
    }

    private static bool IsName(string text) => text.Length is >= 1 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
