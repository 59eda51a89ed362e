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
            SELECT a.mode, a.currency, sum(e.debits)::bigint, sum(e.credits)::bigint, sum(e.entries)::bigint / 2
              FROM (SELECT account_id, debits_posted AS debits, credits_posted AS credits, 1 AS entries FROM entries
                    UNION ALL
                    SELECT account_id, debits, credits, entries FROM archived_entries) e
              JOIN accounts a ON a.id = e.account_id GROUP BY a.mode, a.currency
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
            WITH archived AS (
                SELECT account_id, sum(entries)::bigint AS entries, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits FROM archived_entries GROUP BY account_id),
            walked AS (   -- an entry follows from the one before; where that is archived, from nothing that is here; the first of an account that came from another shard, from where it was numbered to
                SELECT e.account_id, e.debits_posted, e.credits_posted, e.debits_pending, e.credits_pending,
                       CASE WHEN e.version = coalesce(lag(e.version) OVER entry, o.carried_version) + 1 THEN balance = coalesce(lag(balance) OVER entry, 0) + balance_delta
                            ELSE x.account_id IS NOT NULL AND e.version > coalesce(lag(e.version) OVER entry, o.carried_version) END AS follows
                  FROM entries e JOIN accounts o ON o.id = e.account_id LEFT JOIN archived x ON x.account_id = e.account_id WINDOW entry AS (PARTITION BY e.account_id ORDER BY e.version)),
            here AS (
                SELECT account_id, sum(debits_posted) AS debits_posted, sum(credits_posted) AS credits_posted, sum(debits_pending) AS debits_pending,
                       sum(credits_pending) AS credits_pending, count(*) AS entries, count(*) FILTER (WHERE NOT follows) AS breaks
                  FROM walked GROUP BY account_id),
            sums AS (
                SELECT coalesce(h.account_id, x.account_id) AS account_id, (coalesce(h.debits_posted, 0) + coalesce(x.debits, 0))::bigint AS debits_posted,
                       (coalesce(h.credits_posted, 0) + coalesce(x.credits, 0))::bigint AS credits_posted, h.debits_pending::bigint AS debits_pending,
                       h.credits_pending::bigint AS credits_pending, coalesce(h.entries, 0) + coalesce(x.entries, 0) AS entries, h.breaks
                  FROM here h FULL JOIN archived x ON x.account_id = h.account_id)
            SELECT a.path, a.mode, a.currency,
                   ARRAY[a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.version - a.carried_version, 0] AS counters,
                   ARRAY[coalesce(s.debits_posted, 0), coalesce(s.credits_posted, 0), coalesce(s.debits_pending, 0), coalesce(s.credits_pending, 0),
                         coalesce(s.entries, 0), coalesce(s.breaks, 0)] AS transfers
              FROM accounts a LEFT JOIN sums s ON s.account_id = a.id
             WHERE (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending, a.version - a.carried_version, 0)
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
