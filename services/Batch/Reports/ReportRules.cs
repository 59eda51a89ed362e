using PayFlow.Batch.Batches;
using PayFlow.Batch.Items;
using PayFlow.Kernel;

namespace PayFlow.Batch.Reports;

/// <summary>What one deposit of the acquirer pays: the settled lines since the one before. Amounts are minor units.</summary>
/// <param name="Ordinal">1 for the report, then one more for every deposit of lines that came late.</param>
internal sealed record Deposit(int Ordinal, int Lines, long Gross, long Charge, string Reference);

/// <summary>What became of an item. Settled is minor units.</summary>
internal sealed record ItemOutcome(Id Id, string State, long Settled);

/// <summary>What a report says of a batch and its items: pure, from all its lines, so that reading it again gives the same.</summary>
internal static class ReportRules
{
    /// <summary>
    /// State and settled amount (minor units) of an item by its own lines; both amounts are below zero for a refund. What is settled twice, too much or in the
    /// other direction never counts for the item: that is the reconciler's to explain.
    /// </summary>
    public static (string State, long Settled) Item(long amount, IReadOnlyCollection<ReportLine> lines, bool isComplete)
    {
        var settled = lines.Where(line => line.IsSettled && long.Sign(line.Amount) == long.Sign(amount)).Sum(line => line.Amount);
        return settled switch
        {
            not 0 when Math.Abs(settled) >= Math.Abs(amount) => ("settled", amount),
            not 0 => ("short", settled),
            _ when lines.Any(line => !line.IsSettled) => ("rejected", 0),
            _ => (isComplete ? "missing" : "sealed", 0),
        };
    }

    /// <summary>Every item by its lines: those that name it, and those that name none of ours but have its acquirer's id and its amount.</summary>
    public static IReadOnlyList<ItemOutcome> Items(IReadOnlyCollection<ItemRow> items, SettlementReport report)
    {
        var known = items.Select(item => item.Id.ToString()).ToHashSet(StringComparer.Ordinal);
        var named = report.Lines.Where(line => known.Contains(line.ItemReference)).ToLookup(line => line.ItemReference, StringComparer.Ordinal);
        var others = report.Lines.Where(line => !known.Contains(line.ItemReference)).ToLookup(line => (line.ExternalId, line.Amount));
        return
        [
            .. items.Select(item =>
            {
                var (state, settled) = Item(item.Amount, [.. named[item.Id.ToString()], .. others[(item.ExternalId, item.Amount)]], report.IsComplete);
                return new ItemOutcome(item.Id, state, settled);
            }),
        ];
    }

    /// <summary>State of a batch by its items' states.</summary>
    public static string Batch(IReadOnlyCollection<string> itemStates, bool isComplete) =>
        !isComplete ? "accepted" : itemStates.All(state => state == "settled") ? "settled" : "partially_settled";

    /// <summary>Whether it is the report that was told already, as nearly every reading of a complete one finds.</summary>
    public static bool IsTold(BatchProgress told, SettlementReport report) =>
        told.Completed && (report.Lines.Count, report.Gross, report.Charge) == (told.Lines, told.Gross, told.Charge);

    /// <summary>What the report pays beyond what was told already; null when nothing, or while it isn't complete.</summary>
    /// <exception cref="FormatException">Its lines or charges are fewer than they were.</exception>
    public static Deposit? Deposit(BatchProgress told, SettlementReport report)
    {
        if (!report.IsComplete)
        {
            return null;
        }

        var deposit = new Deposit(told.Deposits + 1, report.Lines.Count - told.Lines, report.Gross - told.Gross, report.Charge - told.Charge, report.DepositReference);
        return deposit switch
        {
            { Lines: < 0 } or { Charge: < 0 } => throw new FormatException(
                $"The report shrank: it had {told.Lines} lines and charged {told.Charge}, now it is {report.Lines.Count} and {report.Charge}."),
            { Lines: 0, Charge: 0 } when told.Completed => null,
            _ => deposit,
        };
    }

    /// <summary>How far the batch is once the report is told.</summary>
    public static BatchProgress After(BatchProgress told, SettlementReport report, Deposit? deposit, IReadOnlyCollection<ItemOutcome> items)
    {
        var then = told with
        {
            State = Batch([.. items.Select(item => item.State)], report.IsComplete),
            ItemsSettled = items.Count(item => item.State == "settled"),
            AmountSettled = items.Sum(item => item.Settled),
            AmountRefundedSettled = -items.Where(item => item.Settled < 0).Sum(item => item.Settled),
        };
        return deposit is null
            ? then
            : then with { Deposits = deposit.Ordinal, Lines = report.Lines.Count, Gross = report.Gross, Charge = report.Charge, Completed = true };
    }
}
