using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.TrialBalances;

/// <summary>Adds up every transfer of a shard. Each statement sees one moment, so transfers that commit meanwhile are in both sides or in none.</summary>
internal static class TrialBalanceSql
{
    private const int MaxDifferences = 20;

    /// <summary>Σ of debits and of credits, taken separately and each by its own account's currency, not the transfer's.</summary>
    public static async Task<List<TrialBalanceLine>> SumAsync(Shard shard, int seconds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            """
            SELECT a.mode, a.currency, sum(e.debits_posted)::bigint, sum(e.credits_posted)::bigint, count(DISTINCT e.transfer_id)
              FROM entries e JOIN accounts a ON a.id = e.account_id GROUP BY a.mode, a.currency
            """);
        command.CommandTimeout = seconds;
        var lines = new List<TrialBalanceLine>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            lines.Add(new TrialBalanceLine((Mode)reader.GetInt16(0), Currency.Parse(reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return lines;
    }

    /// <summary>Accounts that aren't what their transfers add up to, or whose running balances don't follow from each other.</summary>
    public static async Task<List<CounterDifference>> CompareAsync(Shard shard, int seconds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            $"""
            WITH walked AS (
                SELECT account_id, debits_posted, credits_posted, debits_pending, credits_pending,
                       version = row_number() OVER entry AND balance = sum(balance_delta) OVER entry AS follows
                  FROM entries WINDOW entry AS (PARTITION BY account_id ORDER BY version ROWS UNBOUNDED PRECEDING)),
            sums AS (
                SELECT account_id, sum(debits_posted)::bigint AS debits_posted, sum(credits_posted)::bigint AS credits_posted,
                       sum(debits_pending)::bigint AS debits_pending, sum(credits_pending)::bigint AS credits_pending,
                       count(*) AS entries, count(*) FILTER (WHERE NOT follows) AS breaks
                  FROM walked GROUP BY account_id)
            SELECT a.path, a.mode, a.currency,
                   ARRAY[a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.version, 0] AS counters,
                   ARRAY[coalesce(s.debits_posted, 0), coalesce(s.credits_posted, 0), coalesce(s.debits_pending, 0), coalesce(s.credits_pending, 0),
                         coalesce(s.entries, 0), coalesce(s.breaks, 0)] AS transfers
              FROM accounts a LEFT JOIN sums s ON s.account_id = a.id
             WHERE (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.version, 0)
                   IS DISTINCT FROM (coalesce(s.debits_posted, 0), coalesce(s.credits_posted, 0), coalesce(s.debits_pending, 0), coalesce(s.credits_pending, 0),
                                     coalesce(s.entries, 0), coalesce(s.breaks, 0))
             ORDER BY a.path, a.mode, a.currency LIMIT {MaxDifferences}
            """);
        command.CommandTimeout = seconds;
        var differences = new List<CounterDifference>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            differences.Add(new CounterDifference(shard.Number, AccountSql.ReadName(reader), reader.GetFieldValue<long[]>(3), reader.GetFieldValue<long[]>(4)));
        }

        return differences;
    }
}
