using System.Text;
using PayFlow.Sandbox.Acquirers;

namespace PayFlow.Sandbox.Batches;

/// <summary>
/// The report of a batch as a file: the lines that are there by now and a trailer with their totals. Lines that come late follow below the others; the
/// totals then include them, and the trailer names the deposit that pays them.
/// </summary>
public static class Report
{
    public const string Header = "line,item_id,external_id,amount,currency,status";

    /// <param name="deposits">How many deposits there are by now; the first is there even when it has no line.</param>
    public static string Write(Acquirer acquirer, Batch batch, IReadOnlyList<ReportLine> lines, int deposits)
    {
        var there = lines.Where(line => line.Deposit <= deposits).ToList();
        var text = new StringBuilder().Append(Header).Append('\n');
        foreach (var line in there)
            text.Append($"{line.Line},{line.ItemId},{line.ExternalId},{line.Amount},{batch.Currency},{(line.Status == ReportLineStatus.Settled ? "settled" : "rejected")}\n");

        var gross = there.Where(line => line.Status == ReportLineStatus.Settled).Sum(line => line.Amount);
        return text.Append($"T,{there.Count},{gross},{there.Sum(line => line.Charge)},{acquirer.Prefix}d_{batch.BatchKey}_{deposits}\n").ToString();
    }
}
