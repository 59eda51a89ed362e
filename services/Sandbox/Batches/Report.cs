using System.Text;

namespace PayFlow.Sandbox.Batches;

/// <summary>
/// The report of a batch as a file. It only grows: every deposit is its lines and a trailer of its own, and the deposit of late lines follows below
/// the first one's trailer.
/// </summary>
public static class Report
{
    public const string Header = "line,item_id,external_id,amount,currency,status";

    /// <param name="deposits">How many deposits there are by now; the first is there even when no line is.</param>
    public static string Write(Acquirers.Acquirer acquirer, Batch batch, IReadOnlyList<ReportLine> lines, int deposits)
    {
        var text = new StringBuilder().Append(Header).Append('\n');
        for (var deposit = 1; deposit <= deposits; deposit++)
        {
            var own = lines.Where(line => line.Deposit == deposit).ToList();
            foreach (var line in own)
            {
                text.Append($"{line.Line},{line.ItemId},{line.ExternalId},{line.Amount},{batch.Currency},{(line.Status == ReportLineStatus.Settled ? "settled" : "rejected")}\n");
            }

            var gross = own.Where(line => line.Status == ReportLineStatus.Settled).Sum(line => line.Amount);
            text.Append($"T,{own.Count},{gross},{own.Sum(line => line.Charge)},{acquirer.Prefix}d_{batch.BatchKey}_{deposit}\n");
        }

        return text.ToString();
    }
}
