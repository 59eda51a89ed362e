using Npgsql;

namespace PayFlow.Sandbox.Batches;

/// <summary>Statements on the tables <c>batches</c> and <c>report_lines</c>, and what batches take of <c>captures</c> and <c>refunds</c>.</summary>
public static class BatchSql
{
    private const string Columns = "acquirer, batch_key, digest, currency, items, amount, accepted_at, report_at";

    private const string Insert =
        $"""
        INSERT INTO batches ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT ON CONSTRAINT batches_pkey DO NOTHING
        """;

    private const string Find = $"SELECT {Columns} FROM batches WHERE acquirer = $1 AND batch_key = $2";

    // A capture is taken by one batch, once, and only for what it is, unless it was voided: the rest of the file's items are rejected in the report.
    private const string TakeCaptures =
        """
        WITH found AS (
            SELECT c.acquirer, c.reference FROM captures c
            JOIN unnest($3::text[], $4::bigint[]) AS item (external_id, amount) ON c.external_id = item.external_id AND c.amount = item.amount
            JOIN authorizations a ON a.external_id = c.holds AND a.currency = $5
            WHERE c.acquirer = $1 AND c.batch_key IS NULL AND c.voided_at IS NULL
            ORDER BY c.external_id FOR UPDATE OF c)
        UPDATE captures c SET batch_key = $2 FROM found
        WHERE c.acquirer = found.acquirer AND c.reference = found.reference AND c.batch_key IS NULL AND c.voided_at IS NULL
        RETURNING c.external_id, c.amount
        """;

    // So is a refund.
    private const string TakeRefunds =
        """
        WITH found AS (
            SELECT r.acquirer, r.reference FROM refunds r
            JOIN unnest($3::text[], $4::bigint[]) AS item (external_id, amount) ON r.external_id = item.external_id AND r.amount = -item.amount
            JOIN authorizations a ON a.external_id = r.returns AND a.currency = $5
            WHERE r.acquirer = $1 AND r.batch_key IS NULL
            ORDER BY r.external_id FOR UPDATE OF r)
        UPDATE refunds r SET batch_key = $2 FROM found
        WHERE r.acquirer = found.acquirer AND r.reference = found.reference AND r.batch_key IS NULL
        RETURNING r.external_id, -r.amount
        """;

    private const string InsertLines =
        """
        INSERT INTO report_lines (acquirer, batch_key, line, deposit, item_id, external_id, amount, charge, status)
        SELECT $1, $2, * FROM unnest($3::integer[], $4::integer[], $5::text[], $6::text[], $7::bigint[], $8::bigint[], $9::text[])
        """;

    private const string ReadReport =
        $"""
        UPDATE batches SET late_at = COALESCE(late_at, $4) WHERE acquirer = $1 AND batch_key = $2 AND report_at <= $3
        RETURNING {Columns}, late_at <= $3
        """;

    private const string ReadLines =
        """
        SELECT line, deposit, item_id, external_id, amount, charge, status FROM report_lines WHERE acquirer = $1 AND batch_key = $2 ORDER BY line
        """;

    public static async Task<bool> TryInsertAsync(NpgsqlConnection connection, Batch batch, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = batch.Acquirer },
                new() { Value = batch.BatchKey },
                new() { Value = batch.Digest },
                new() { Value = batch.Currency },
                new() { Value = batch.Items },
                new() { Value = batch.Amount },
                new() { Value = batch.AcceptedAt },
                new() { Value = batch.ReportAt },
            },
        };
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    public static async Task<Batch?> FindAsync(NpgsqlConnection connection, string acquirer, string batchKey, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = acquirer }, new() { Value = batchKey } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? ReadBatch(reader) : null;
    }

    /// <summary>Takes the captures and refunds that the items name and gives those that could be taken: the acquirer's ids with their signed amounts.</summary>
    public static async Task<IReadOnlySet<(string ExternalId, long Amount)>> TakeAsync(
        NpgsqlConnection connection, Batch batch, IReadOnlyList<BatchItem> items, CancellationToken cancel)
    {
        await using var both = connection.CreateBatch();
        foreach (var (statement, ofKind) in new[] { (TakeCaptures, items.Where(item => item.Amount > 0)), (TakeRefunds, items.Where(item => item.Amount < 0)) })
        {
            both.BatchCommands.Add(new NpgsqlBatchCommand(statement)
            {
                Parameters =
                {
                    new() { Value = batch.Acquirer },
                    new() { Value = batch.BatchKey },
                    new() { Value = ofKind.Select(item => item.ExternalId).ToArray() },
                    new() { Value = ofKind.Select(item => item.Amount).ToArray() },
                    new() { Value = batch.Currency },
                },
            });
        }

        await using var reader = await both.ExecuteReaderAsync(cancel);
        var taken = new HashSet<(string, long)>();
        do
        {
            while (await reader.ReadAsync(cancel))
            {
                taken.Add((reader.GetString(0), reader.GetInt64(1)));
            }
        }
        while (await reader.NextResultAsync(cancel));

        return taken;
    }

    public static async Task InsertLinesAsync(NpgsqlConnection connection, Batch batch, IReadOnlyList<ReportLine> lines, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(InsertLines, connection)
        {
            Parameters =
            {
                new() { Value = batch.Acquirer },
                new() { Value = batch.BatchKey },
                new() { Value = lines.Select(line => line.Line).ToArray() },
                new() { Value = lines.Select(line => line.Deposit).ToArray() },
                new() { Value = lines.Select(line => line.ItemId).ToArray() },
                new() { Value = lines.Select(line => line.ExternalId).ToArray() },
                new() { Value = lines.Select(line => line.Amount).ToArray() },
                new() { Value = lines.Select(line => line.Charge).ToArray() },
                new() { Value = lines.Select(line => line.Status == ReportLineStatus.Settled ? "settled" : "rejected").ToArray() },
            },
        };
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>The batch whose report exists by now, and whether its late lines are due. The first reading says when they will be.</summary>
    public static async Task<(Batch Batch, bool LateIsDue)?> ReadReportAsync(
        NpgsqlDataSource source, string acquirer, string batchKey, DateTimeOffset now, DateTimeOffset lateAt, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(ReadReport);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = batchKey });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = lateAt });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? (ReadBatch(reader), reader.GetBoolean(8)) : null;
    }

    public static async Task<IReadOnlyList<ReportLine>> ReadLinesAsync(NpgsqlDataSource source, string acquirer, string batchKey, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(ReadLines);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = batchKey });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var lines = new List<ReportLine>();
        while (await reader.ReadAsync(cancel))
        {
            var status = reader.GetString(6) == "settled" ? ReportLineStatus.Settled : ReportLineStatus.Rejected;
            lines.Add(new ReportLine(
                reader.GetInt32(0), reader.GetInt32(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), status));
        }

        return lines;
    }

    private static Batch ReadBatch(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetFieldValue<byte[]>(2),
        reader.GetString(3),
        reader.GetInt32(4),
        reader.GetInt64(5),
        reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetFieldValue<DateTimeOffset>(7));
}
