using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.Periods;

/// <summary>The tables <c>books</c>, <c>closed_periods</c> and <c>general_ledger</c>.</summary>
internal static class PeriodSql
{
    private const int MaxDifferences = 20;

    /// <summary>From now on nothing is booked in a period or before it. Waits for the batches that are being written; later ones see it.</summary>
    /// <returns>False when a period before it is open and has transfers.</returns>
    public static async Task<bool> CutAsync(Shard shard, Period period, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT ledger_close_period($1)");
        command.Parameters.Add(new() { Value = period.Number });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Until when nothing is booked any more; null when no period is closed.</summary>
    public static async Task<Period?> ClosedThroughAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT closed_through FROM books");
        return await command.ExecuteScalarAsync(ct) is int closed && Period.TryCreate(closed, out var period) ? period : null;
    }

    /// <summary>When a shard's totals of a period were written; null when they weren't.</summary>
    public static async Task<DateTimeOffset?> ClosedAtAsync(Shard shard, Period period, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT closed_at FROM closed_periods WHERE period = $1");
        command.Parameters.Add(new() { Value = period.Number });
        return await command.ExecuteScalarAsync(ct) is DateTime closedAt ? new DateTimeOffset(closedAt, TimeSpan.Zero) : null;
    }

    /// <summary>Writes the totals of a period that nothing is booked in any more.</summary>
    /// <returns>False when they are there.</returns>
    public static async Task<bool> AddTotalsAsync(ShardTransaction transaction, Period period, DateTimeOffset now, int seconds, CancellationToken ct)
    {
        await using var close = Command(transaction, seconds, "INSERT INTO closed_periods (period, closed_at) VALUES ($1, $2) ON CONFLICT DO NOTHING", period.Number, now);
        if (await close.ExecuteNonQueryAsync(ct) == 0)
        {
            return false;
        }

        // What was carried over stands first; an account that nothing happened to carries on what it had.
        await using var add = Command(
            transaction,
            seconds,
            """
            WITH carried AS (
                SELECT account_id, closing FROM general_ledger WHERE period = (SELECT max(period) FROM closed_periods WHERE period < $1)),
            moved AS (
                SELECT account_id, sum(debits)::bigint AS debits, sum(credits)::bigint AS credits
                  FROM (SELECT debit_account_id AS account_id, amount AS debits, 0 AS credits FROM transfers WHERE period = $1 AND kind IN (1, 3)
                        UNION ALL
                        SELECT credit_account_id, 0, amount FROM transfers WHERE period = $1 AND kind IN (1, 3)) legs
                 GROUP BY account_id)
            INSERT INTO general_ledger (period, account_id, opening, debits, credits, closing)
            SELECT $1, coalesce(c.account_id, m.account_id), coalesce(c.closing, 0), coalesce(m.debits, 0), coalesce(m.credits, 0),
                   coalesce(c.closing, 0) + coalesce(m.debits, 0) - coalesce(m.credits, 0)
              FROM carried c FULL JOIN moved m ON m.account_id = c.account_id
            """,
            period.Number);
        await add.ExecuteNonQueryAsync(ct);
        return true;
    }

    /// <summary>Accounts whose counters aren't the closing of a period and what was booked after it, as far as the transaction sees.</summary>
    public static async Task<List<string>> DisproveAsync(ShardTransaction transaction, Period period, int seconds, CancellationToken ct)
    {
        await using var command = Command(
            transaction,
            seconds,
            $"""
            WITH later AS (
                SELECT account_id, sum(moved)::bigint AS moved
                  FROM (SELECT debit_account_id AS account_id, amount AS moved FROM transfers WHERE period > $1 AND kind IN (1, 3)
                        UNION ALL
                        SELECT credit_account_id, -amount FROM transfers WHERE period > $1 AND kind IN (1, 3)) legs
                 GROUP BY account_id)
            SELECT a.path, a.mode, a.currency, a.debits_posted - a.credits_posted, coalesce(g.closing, 0) + coalesce(l.moved, 0)
              FROM accounts a LEFT JOIN general_ledger g ON g.account_id = a.id AND g.period = $1 LEFT JOIN later l ON l.account_id = a.id
             WHERE a.debits_posted - a.credits_posted <> coalesce(g.closing, 0) + coalesce(l.moved, 0)
             ORDER BY a.path, a.mode, a.currency LIMIT {MaxDifferences}
            """,
            period.Number);
        var differences = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            differences.Add($"{AccountSql.ReadName(reader)}: its counters say {reader.GetInt64(3)}, its periods {reader.GetInt64(4)}");
        }

        return differences;
    }

    /// <summary>A period of a shard by mode and currency: from its totals when it is closed, otherwise from the transfers.</summary>
    public static async Task<List<PeriodLine>> SumAsync(Shard shard, Period period, bool isClosed, int seconds, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(isClosed
            ? """
              SELECT a.mode, a.currency, sum(g.debits)::bigint, sum(g.credits)::bigint, sum(g.closing)::bigint, count(*)
                FROM general_ledger g JOIN accounts a ON a.id = g.account_id WHERE g.period = $1 GROUP BY a.mode, a.currency
              """
            : """
              SELECT a.mode, a.currency, sum(legs.debits)::bigint, sum(legs.credits)::bigint, sum(legs.debits - legs.credits)::bigint, count(DISTINCT a.id)
                FROM (SELECT debit_account_id AS account_id, amount AS debits, 0 AS credits FROM transfers WHERE period = $1 AND kind IN (1, 3)
                      UNION ALL
                      SELECT credit_account_id, 0, amount FROM transfers WHERE period = $1 AND kind IN (1, 3)) legs
                JOIN accounts a ON a.id = legs.account_id GROUP BY a.mode, a.currency
              """);
        command.CommandTimeout = seconds;
        command.Parameters.Add(new() { Value = period.Number });
        var lines = new List<PeriodLine>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            lines.Add(new PeriodLine(
                (Mode)reader.GetInt16(0), Currency.Parse(reader.GetString(1)), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5)));
        }

        return lines;
    }

    /// <summary>The general ledger of a period, a page of accounts in the order of their ids.</summary>
    public static async Task<List<(long Id, AccountTotals Totals)>> ListAsync(Shard shard, Period period, long after, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            """
            SELECT a.path, a.mode, a.currency, g.opening, g.debits, g.credits, g.closing, g.account_id
              FROM general_ledger g JOIN accounts a ON a.id = g.account_id WHERE g.period = $1 AND g.account_id > $2 ORDER BY g.account_id LIMIT $3
            """);
        command.Parameters.Add(new() { Value = period.Number });
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        var page = new List<(long, AccountTotals)>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            page.Add((reader.GetInt64(7), new AccountTotals(AccountSql.ReadName(reader), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6))));
        }

        return page;
    }

    private static NpgsqlCommand Command(ShardTransaction transaction, int seconds, string sql, params object[] values)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction.Transaction) { CommandTimeout = seconds };
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
