using Microsoft.Extensions.Options;
using PayFlow.Storage;

namespace PayFlow.Ledger.TrialBalances;

/// <summary>The trial balance of all shards, computed from the transfers and compared with the accounts.</summary>
internal sealed partial class GetTrialBalance(Shards shards, IOptions<LedgerOptions> options, ILogger<GetTrialBalance> logger)
{
    public async Task<TrialBalance> HandleAsync(CancellationToken ct)
    {
        var seconds = options.Value.TrialBalanceSeconds;
        var lines = await Task.WhenAll(shards.All.Select(shard => TrialBalanceSql.SumAsync(shard, seconds, ct)));
        var differences = await Task.WhenAll(shards.All.Select(shard => TrialBalanceSql.CompareAsync(shard, seconds, ct)));
        var trial = new TrialBalance(
            [.. lines.SelectMany(shard => shard)
                .GroupBy(line => (line.Mode, line.Currency))
                .OrderBy(book => book.Key.Mode).ThenBy(book => book.Key.Currency.Code, StringComparer.Ordinal)
                .Select(book => new TrialBalanceLine(
                    book.Key.Mode, book.Key.Currency, book.Sum(line => line.Debits), book.Sum(line => line.Credits), book.Sum(line => line.Transfers)))],
            [.. differences.SelectMany(shard => shard)]);
        if (!trial.Holds)
        {
            LogBroken(string.Join("; ", trial.Differences));
        }

        return trial;
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "The trial balance does not hold. {Differences}")]
    private partial void LogBroken(string differences);
}
