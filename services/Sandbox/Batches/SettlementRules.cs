using PayFlow.Kernel;
using PayFlow.Sandbox.Chaos;

namespace PayFlow.Sandbox.Batches;

/// <summary>What an acquirer keeps of each settled line.</summary>
/// <param name="BasisPoints">1/100 of a percent.</param>
/// <param name="PerLine">Minor units.</param>
public sealed record ChargeTerms(int BasisPoints, int PerLine)
{
    /// <summary>Never more than the line itself.</summary>
    public long Of(Money settled) => Math.Min(settled.MinorUnits, settled.BasisPoints(BasisPoints).MinorUnits + PerLine);
}

/// <summary>What an acquirer reports about the items of a batch.</summary>
public static class SettlementRules
{
    private const int Report = 1;
    private const int Late = 2;

    /// <param name="taken">The captures and refunds that this batch took, by the acquirer's ids with their signed amounts: they exist, and no other batch has them.</param>
    /// <param name="byAmount">The switch <c>amounts</c> is on.</param>
    /// <returns>The lines in the order of the report; late ones last.</returns>
    public static IReadOnlyList<ReportLine> Settle(BatchFile file, IReadOnlySet<(string ExternalId, long Amount)> taken, bool byAmount, ChargeTerms terms)
    {
        var currency = Currency.Parse(file.Currency);
        var open = taken.ToHashSet();
        return
        [
            .. file.Items
                .SelectMany(item => open.Remove((item.ExternalId, item.Amount)) ? SettleItem(item, byAmount) : [Reject(item)])
                .Select(line => line is { Status: ReportLineStatus.Settled, Amount: > 0 } ? line with { Charge = terms.Of(new Money(line.Amount, currency)) } : line)
                .OrderBy(line => line.Deposit)
                .Select((line, position) => line with { Line = position + 1 }),
        ];
    }

    // The switches are of captures: a refund is always settled as it was taken.
    private static ReportLine[] SettleItem(BatchItem item, bool byAmount) => AmountSwitches.Of(item.Amount, byAmount) switch
    {
        AmountSwitch.SettlesShort when Short(item.Amount) is > 0 and var amount => [Settled(item, amount, Report)],
        AmountSwitch.SettlesShort or AmountSwitch.Missing => [],
        AmountSwitch.SettledTwice => [Settled(item, item.Amount, Report), Settled(item, item.Amount, Report)],
        AmountSwitch.SettlesLate => [Settled(item, item.Amount, Late)],
        _ => [Settled(item, item.Amount, Report)],
    };

    // 1 % rounded up. What is left of an amount of 1 is nothing, and nothing has no line.
    private static long Short(long amount) => amount - ((amount + 99) / 100);

    private static ReportLine Settled(BatchItem item, long amount, int deposit) =>
        new(Line: 0, deposit, item.ItemId, item.ExternalId, amount, Charge: 0, ReportLineStatus.Settled);

    private static ReportLine Reject(BatchItem item) =>
        new(Line: 0, Report, item.ItemId, item.ExternalId, item.Amount, Charge: 0, ReportLineStatus.Rejected);
}
