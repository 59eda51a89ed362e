using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Ledger.Periods;

/// <summary>A month of the books: of a closed one as it was closed, of an open one as it is now. What the platform has in several shards is added up.</summary>
internal sealed class GetPeriod(Shards shards, IOptions<LedgerOptions> options)
{
    /// <summary>By mode and currency.</summary>
    public async Task<PeriodTotals> HandleAsync(Period period, CancellationToken ct)
    {
        var closed = await Task.WhenAll(shards.All.Select(shard => PeriodSql.ClosedAtAsync(shard, period, ct)));
        var lines = await Task.WhenAll(shards.All.Select((shard, index) => PeriodSql.SumAsync(shard, period, closed[index] is not null, options.Value.PeriodSeconds, ct)));
        return new PeriodTotals(
            period,
            closed.Any(at => at is null) ? null : closed.Max(),
            [.. lines.SelectMany(shard => shard)
                .GroupBy(line => (line.Mode, line.Currency))
                .OrderBy(book => book.Key.Mode).ThenBy(book => book.Key.Currency.Code, StringComparer.Ordinal)
                .Select(book => new PeriodLine(
                    book.Key.Mode, book.Key.Currency, book.Sum(line => line.Debits), book.Sum(line => line.Credits), book.Sum(line => line.Closing), book.Sum(line => line.Accounts)))]);
    }

    /// <summary>The general ledger of a closed month; those of a shard in the order in which they were opened, shard after shard.</summary>
    public async IAsyncEnumerable<AccountTotals> AccountsAsync(Period period, [EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var shard in shards.All)
        {
            var after = 0L;
            List<(long Id, AccountTotals Totals)> page;
            do
            {
                page = await PeriodSql.ListAsync(shard, period, after, options.Value.PageSize, ct);
                foreach (var (id, totals) in page)
                {
                    after = id;
                    yield return totals;
                }
            }
            while (page.Count == options.Value.PageSize);
        }
    }
}
