using Npgsql;

namespace PayFlow.Auth.Execution;

/// <summary>How much is accepted and not finished.</summary>
internal static class BacklogSql
{
    // What nobody has begun, and what somebody is at or waits with: a payment that is leased or tries again is due soon (index payments_due), one that only holds money in days. Whose
    // payer is asked is answered already.
    private const string Measure =
        """
        SELECT
            (SELECT count(*) FROM (SELECT FROM accepted_payments LIMIT $1) AS waiting)
                + (SELECT count(*) FROM (SELECT FROM payments p WHERE p.due_at < $2 AND p.status = 'processing' LIMIT $1) AS begun),
            (SELECT a.accepted_at FROM accepted_payments a ORDER BY a.accepted_at LIMIT 1)
        """;

    /// <param name="source">The shard.</param>
    /// <param name="now">UTC.</param>
    /// <param name="dueIn">Payments that are being carried out are due again within this time.</param>
    /// <param name="max">More than these are not counted.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task<BacklogSample> MeasureAsync(NpgsqlDataSource source, DateTimeOffset now, TimeSpan dueIn, int max, CancellationToken ct)
    {
        await using var command = source.CreateCommand(Measure);
        command.Parameters.Add(new() { Value = max });
        command.Parameters.Add(new() { Value = now + dueIn });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var oldest = reader.IsDBNull(1) ? now : reader.GetFieldValue<DateTimeOffset>(1);
        return new BacklogSample(now, reader.GetInt64(0), oldest < now ? now - oldest : TimeSpan.Zero);
    }
}
