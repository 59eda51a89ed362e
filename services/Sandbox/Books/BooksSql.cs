using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using PayFlow.Sandbox.Authorizations;

namespace PayFlow.Sandbox.Books;

/// <summary>An authorization with its captures and refunds, and what reports have settled of each, as JSON of the database's making. Amounts are minor units.</summary>
/// <param name="Debited">What disputes took from our bank account.</param>
/// <param name="Credited">What they gave back.</param>
public sealed record BooksEntry(Authorization Authorization, long Settled, string CapturesJson, long RefundsSettled, string RefundsJson, long Debited, long Credited);

/// <summary>The totals of one acquirer in one currency; amounts are minor units.</summary>
public sealed record BooksTotals(
    string Currency,
    long Authorizations,
    long Declined,
    long Reversed,
    long Authorized,
    long Captures,
    long Captured,
    long Voided,
    long Settled,
    long Refunds,
    long Refunded,
    long RefundsSettled,
    long Charged,
    long Debited,
    long Credited);

/// <summary>Reads over all tables, each in one statement: one snapshot.</summary>
public static class BooksSql
{
    // Materialized, all of them: where statistics are missing (a young database, or one that crashed) they would be computed for each row that they join.
    // What reports say by now, lines that come late only when they are there for everyone to read; of refunds it is below zero.
    private const string SettledByNow =
        """
        SELECT l.external_id, sum(l.amount) AS amount, sum(l.charge) AS charge FROM report_lines l
        JOIN batches b ON b.acquirer = l.acquirer AND b.batch_key = l.batch_key
        WHERE l.acquirer = $1 AND l.status = 'settled' AND CASE l.deposit WHEN 1 THEN b.report_at ELSE b.late_at END <= $2
        GROUP BY l.external_id
        """;

    private const string Stream =
        $"""
        WITH settled AS MATERIALIZED ({SettledByNow}),
        captured AS MATERIALIZED (
            SELECT c.holds, sum(s.amount) AS settled, sum(c.debited) AS debited, sum(c.credited) AS credited,
                json_agg(json_build_object('reference', c.reference, 'external_id', c.external_id, 'amount', c.amount, 'final', c.final,
                    'voided', c.voided_at IS NOT NULL, 'settled', COALESCE(s.amount, 0), 'debited', c.debited, 'credited', c.credited,
                    'returned', COALESCE(t.amount, 0), 'batch_key', c.batch_key) ORDER BY c.external_id)::text AS captures
            FROM captures c LEFT JOIN settled s ON s.external_id = c.external_id LEFT JOIN returns t ON t.capture_id = c.external_id AND t.told_at IS NOT NULL
            WHERE c.acquirer = $1 AND c.refusal IS NULL GROUP BY c.holds),
        refunded AS MATERIALIZED (
            SELECT r.returns, -sum(s.amount) AS settled,
                json_agg(json_build_object('reference', r.reference, 'external_id', r.external_id, 'amount', r.amount,
                    'settled', COALESCE(-s.amount, 0), 'batch_key', r.batch_key) ORDER BY r.external_id)::text AS refunds
            FROM refunds r LEFT JOIN settled s ON s.external_id = r.external_id
            WHERE r.acquirer = $1 AND r.refusal IS NULL GROUP BY r.returns)
        SELECT {AuthorizationSql.Columns},
            COALESCE(captured.settled, 0)::bigint, COALESCE(captured.captures, '[]'), COALESCE(refunded.settled, 0)::bigint, COALESCE(refunded.refunds, '[]'),
            COALESCE(captured.debited, 0)::bigint, COALESCE(captured.credited, 0)::bigint
        FROM authorizations a LEFT JOIN captured ON captured.holds = a.external_id LEFT JOIN refunded ON refunded.returns = a.external_id
        WHERE a.acquirer = $1 AND ($3::timestamptz IS NULL OR a.created_at >= $3) AND ($4::text IS NULL OR a.external_id > $4)
        ORDER BY a.external_id
        """;

    private const string Summary =
        $"""
        WITH settled AS MATERIALIZED ({SettledByNow}),
        captured AS MATERIALIZED (
            SELECT a.currency, count(*) AS captures, sum(c.amount) AS amount, sum(c.amount) FILTER (WHERE c.voided_at IS NOT NULL) AS voided,
                sum(s.amount) AS settled, sum(s.charge) AS charged, sum(c.debited) AS debited, sum(c.credited) AS credited
            FROM captures c JOIN authorizations a ON a.external_id = c.holds LEFT JOIN settled s ON s.external_id = c.external_id
            WHERE c.acquirer = $1 GROUP BY a.currency),
        refunded AS MATERIALIZED (
            SELECT a.currency, count(*) AS refunds, sum(r.amount) AS amount, -sum(s.amount) AS settled
            FROM refunds r JOIN authorizations a ON a.external_id = r.returns LEFT JOIN settled s ON s.external_id = r.external_id
            WHERE r.acquirer = $1 GROUP BY a.currency),
        authorized AS (
            SELECT currency, count(*) AS authorizations, count(decline_code) AS declined, count(reversed_at) AS reversed,
                sum(amount) FILTER (WHERE decline_code IS NULL AND reversed_at IS NULL) AS amount
            FROM authorizations WHERE acquirer = $1 AND NOT tombstone GROUP BY currency)
        SELECT authorized.currency, authorizations, declined, reversed, COALESCE(authorized.amount, 0)::bigint, COALESCE(captures, 0),
            COALESCE(captured.amount, 0)::bigint, COALESCE(voided, 0)::bigint, COALESCE(captured.settled, 0)::bigint,
            COALESCE(refunds, 0), COALESCE(refunded.amount, 0)::bigint, COALESCE(refunded.settled, 0)::bigint, COALESCE(charged, 0)::bigint,
            COALESCE(debited, 0)::bigint, COALESCE(credited, 0)::bigint
        FROM authorized LEFT JOIN captured USING (currency) LEFT JOIN refunded USING (currency) ORDER BY currency
        """;

    /// <summary>Every authorization of an acquirer, in the order of its own ids.</summary>
    /// <param name="from">Only those made then or later, UTC.</param>
    /// <param name="after">Only those behind this one, an id of the acquirer.</param>
    public static async IAsyncEnumerable<BooksEntry> StreamAsync(
        NpgsqlDataSource source, string acquirer, DateTimeOffset now, DateTimeOffset? from, string? after, [EnumeratorCancellation] CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Stream);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = (object?)from ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
        {
            const int Next = AuthorizationSql.Width;
            yield return new BooksEntry(
                AuthorizationSql.Read(reader), reader.GetInt64(Next), reader.GetString(Next + 1), reader.GetInt64(Next + 2), reader.GetString(Next + 3),
                reader.GetInt64(Next + 4), reader.GetInt64(Next + 5));
        }
    }

    public static async Task<IReadOnlyList<BooksTotals>> SummarizeAsync(NpgsqlDataSource source, string acquirer, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Summary);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var totals = new List<BooksTotals>();
        while (await reader.ReadAsync(cancel))
        {
            totals.Add(new BooksTotals(
                reader.GetString(0),
                reader.GetInt64(1),
                reader.GetInt64(2),
                reader.GetInt64(3),
                reader.GetInt64(4),
                reader.GetInt64(5),
                reader.GetInt64(6),
                reader.GetInt64(7),
                reader.GetInt64(8),
                reader.GetInt64(9),
                reader.GetInt64(10),
                reader.GetInt64(11),
                reader.GetInt64(12),
                reader.GetInt64(13),
                reader.GetInt64(14)));
        }

        return totals;
    }
}
