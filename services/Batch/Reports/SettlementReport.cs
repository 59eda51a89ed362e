using System.Globalization;

namespace PayFlow.Batch.Reports;

/// <summary>A line of an acquirer's report. Amount is minor units, below zero for a refund.</summary>
internal sealed record ReportLine(int Number, string ItemReference, string ExternalId, long Amount, string Status, string Raw)
{
    public bool IsSettled => Status == "settled";
}

/// <summary>An acquirer's report as far as it has come: all lines, and its totals so far (minor units).</summary>
internal sealed record SettlementReport(IReadOnlyList<ReportLine> Lines, long Gross, long Charge, string DepositReference, bool IsComplete)
{
    private const string Header = "line,item_id,external_id,amount,currency,status";

    /// <summary>Reads a report and checks it against its own trailer.</summary>
    /// <exception cref="FormatException">It isn't one, or it was cut. Nothing of it may be used.</exception>
    public static SettlementReport Read(string text, string currency, bool isComplete)
    {
        var rows = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (rows.Length < 2 || rows[0] != Header || rows[^1].Split(',') is not ["T", var count, var gross, var charge, var deposit])
        {
            throw new FormatException("The report has no header or no trailer.");
        }

        var lines = rows[1..^1].Select(row => ReadLine(row, currency)).ToList();
        var report = new SettlementReport(lines, SignedNumber(gross, rows[^1]), Number(charge, rows[^1]), deposit, isComplete);
        var sum = lines.Where(line => line.IsSettled).Sum(line => line.Amount);
        if (Number(count, rows[^1]) != lines.Count || report.Gross != sum || lines.DistinctBy(line => line.Number).Count() != lines.Count)
        {
            throw new FormatException($"The report's trailer says {count} lines of {gross}; it has {lines.Count} of {sum}.");
        }

        return report;
    }

    private static ReportLine ReadLine(string row, string currency)
    {
        if (row.Split(',') is not [var number, var item, var external, var amount, var rowCurrency, ("settled" or "rejected") and var status] || rowCurrency != currency)
        {
            throw new FormatException($"Not a line of a report in {currency}: '{row}'.");
        }

        return new ReportLine(checked((int)Number(number, row)), item, external, SignedNumber(amount, row), status, row);
    }

    private static long Number(string text, string row) => Parse(text, NumberStyles.None, row);

    private static long SignedNumber(string text, string row) => Parse(text, NumberStyles.AllowLeadingSign, row);

    private static long Parse(string text, NumberStyles styles, string row) =>
        long.TryParse(text, styles, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"'{text}' is not a number in '{row}'.");
}
