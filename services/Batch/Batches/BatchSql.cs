using Dapper;
using Npgsql;
using PayFlow.Batch.Items;
using PayFlow.Batch.Reports;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

internal static class BatchSql
{
    static BatchSql() => DefaultTypeMap.MatchNamesWithUnderscores = true;   // column merchant_id, member MerchantId

    private const string Columns = """
        id, merchant_id, mode, acquirer, currency, settlement_date, ordinal, state, items, amount, sealed_at, completed_at, next_step_at, attempts, last_problem,
        items_settled, amount_settled, amount_refunded
        """;

    /// <summary>Which groups have open items: all of them, or those whose cutoff was before a time.</summary>
    public static async Task<List<BatchGroup>> OpenGroupsAsync(NpgsqlDataSource source, Guid? merchant, DateTimeOffset? cutoffBefore, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(Guid, short, string, string, DateOnly, short)>(new CommandDefinition(
            """
            SELECT DISTINCT merchant_id, mode, acquirer, currency, settlement_date, slot FROM items
            WHERE state = 'open' AND (@merchant::uuid IS NULL OR merchant_id = @merchant) AND (@before::timestamptz IS NULL OR cutoff_at < @before)
            ORDER BY settlement_date, merchant_id, mode, acquirer, currency
            """,
            new { merchant, before = cutoffBefore?.UtcDateTime }, cancellationToken: cancel));
        return [.. rows.Select(row => new BatchGroup(row.Item1, row.Item2, row.Item3, row.Item4, row.Item5, row.Item6))];
    }

    /// <summary>The ordinal of a group's next batch. The lock holds until the transaction ends: two cutoffs at once don't make two batches of one ordinal.</summary>
    public static async Task<int> NextOrdinalAsync(ShardTransaction transaction, BatchGroup group, CancellationToken cancel)
    {
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'payflow.batch', @MerchantId, @Mode, @Acquirer, @Currency, @Date), 0))",
            group, transaction.Transaction, cancellationToken: cancel));

        // A statement of its own: it sees what the holder before us committed.
        return await transaction.Connection.ExecuteScalarAsync<int>(new CommandDefinition(
            """
            SELECT coalesce(max(ordinal), 0) + 1 FROM batches
            WHERE merchant_id = @MerchantId AND mode = @Mode AND acquirer = @Acquirer AND currency = @Currency AND settlement_date = @Date
            """,
            group, transaction.Transaction, cancellationToken: cancel));
    }

    /// <summary>Locks the open items of a group, oldest first: all of them, or those whose cutoff was before a time.</summary>
    public static async Task<List<ItemRow>> LockOpenItemsAsync(ShardTransaction transaction, BatchGroup group, DateTimeOffset? cutoffBefore, int max, CancellationToken cancel)
    {
        var rows = await transaction.Connection.QueryAsync<(
            Guid Id, string ExternalId, string Currency, long Amount, long Fee, DateTime OccurredAt, Guid Payment, string Kind, Guid Operation)>(new CommandDefinition(
            """
            SELECT id, external_id, currency, amount, fee, occurred_at, payment_id, kind, operation_id FROM items
            WHERE state = 'open' AND merchant_id = @MerchantId AND mode = @Mode AND acquirer = @Acquirer AND currency = @Currency AND settlement_date = @Date
              AND (@before::timestamptz IS NULL OR cutoff_at < @before)
            ORDER BY id LIMIT @max FOR UPDATE
            """,
            new { group.MerchantId, group.Mode, group.Acquirer, group.Currency, group.Date, before = cutoffBefore?.UtcDateTime, max }, transaction.Transaction, cancellationToken: cancel));
        return
        [
            .. rows.Select(row => new ItemRow(
                Id.From(IdPrefix.Item, row.Id), row.Kind, null, Id.From(IdPrefix.Payment, row.Payment), Id.From(IdPrefix.Operation, row.Operation),
                Id.From(IdPrefix.Merchant, group.MerchantId), group.Acquirer, row.ExternalId, Currency.Parse(row.Currency), row.Amount, row.Fee, "open", 0,
                new DateTimeOffset(row.OccurredAt, TimeSpan.Zero))),
        ];
    }

    public static async Task SealAsync(
        ShardTransaction transaction, Id batch, BatchGroup group, int ordinal, List<ItemRow> items, string file, DateTimeOffset now, CancellationToken cancel)
    {
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            INSERT INTO batches (id, slot, merchant_id, mode, acquirer, currency, settlement_date, ordinal, items, amount, amount_refunded, file, sealed_at, next_step_at)
            VALUES (@id, @Slot, @MerchantId, @Mode, @Acquirer, @Currency, @Date, @ordinal, @count, @amount, @refunded, @file, @now, @now);
            UPDATE items SET state = 'sealed', batch_id = @id WHERE id = ANY(@ids);
            """,
            new
            {
                id = batch.Value,
                group.Slot,
                group.MerchantId,
                group.Mode,
                group.Acquirer,
                group.Currency,
                group.Date,
                ordinal,
                count = items.Count,
                amount = items.Sum(item => item.Amount),
                refunded = -items.Where(item => item.Kind == ItemKind.Refund).Sum(item => item.Amount),
                file,
                now = now.UtcDateTime,
                ids = items.Select(item => item.Id.Value).ToArray(),
            },
            transaction.Transaction, cancellationToken: cancel));
    }

    /// <summary>Takes one batch that is due, for the time of the claim; null when none is.</summary>
    public static async Task<BatchRow?> ClaimDueAsync(NpgsqlDataSource source, DateTimeOffset now, TimeSpan claim, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            $"""
            UPDATE batches SET next_step_at = @until, attempts = attempts + 1
            WHERE id = (SELECT id FROM batches WHERE next_step_at <= @now ORDER BY next_step_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING {Columns}
            """,
            new { now = now.UtcDateTime, until = (now + claim).UtcDateTime }, cancellationToken: cancel));
        return row?.ToBatch();
    }

    public static async Task<string> FileAsync(NpgsqlDataSource source, Id batch, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        return await connection.QuerySingleAsync<string>(new CommandDefinition("SELECT file FROM batches WHERE id = @id", new { id = batch.Value }, cancellationToken: cancel));
    }

    /// <summary>From one state to the next; false when the batch is no longer in the first.</summary>
    public static async Task<bool> MoveAsync(NpgsqlDataSource source, Id batch, string from, string to, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE batches SET state = @to WHERE id = @id AND state = @from", new { id = batch.Value, from, to }, cancellationToken: cancel)) == 1;
    }

    /// <summary>Ends a claim: when the batch is looked at next (null: never), and what went wrong. Nothing happens when the claim had run out and is another's by now.</summary>
    public static async Task RescheduleAsync(NpgsqlDataSource source, BatchRow batch, DateTimeOffset? next, string? problem, bool progressed, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE batches SET next_step_at = @next, last_problem = @problem, attempts = CASE WHEN @progressed THEN 0 ELSE attempts END
            WHERE id = @id AND next_step_at = @claimed
            """,
            new { id = batch.Id.Value, next = next?.UtcDateTime, problem, progressed, claimed = batch.NextStepAt?.UtcDateTime }, cancellationToken: cancel));
    }

    /// <summary>The acquirer will not take the batch: it waits for people.</summary>
    public static async Task FailAsync(NpgsqlDataSource source, BatchRow batch, string problem, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE batches SET state = 'failed', next_step_at = NULL, last_problem = @problem WHERE id = @id AND state = 'submitted'", new { id = batch.Id.Value, problem }, cancellationToken: cancel));
    }

    /// <summary>Sends a failed batch again, under its old key; false when it isn't a failed one.</summary>
    public static async Task<bool> ResubmitAsync(NpgsqlDataSource source, Id batch, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        return await connection.ExecuteAsync(new CommandDefinition(
            "UPDATE batches SET state = 'submitted', next_step_at = @now, attempts = 0 WHERE id = @id AND state = 'failed'",
            new { id = batch.Value, now = now.UtcDateTime }, cancellationToken: cancel)) == 1;
    }

    /// <summary>Locks the batch and reads what its events go on from.</summary>
    public static Task<BatchProgress> LockAsync(ShardTransaction transaction, Id batch, CancellationToken cancel) =>
        transaction.Connection.QuerySingleAsync<BatchProgress>(new CommandDefinition(
            "SELECT state, sequence, deposits, lines, gross, charge, items_settled, amount_settled, amount_refunded_settled, completed_at IS NOT NULL AS completed FROM batches WHERE id = @id FOR UPDATE",
            new { id = batch.Value }, transaction.Transaction, cancellationToken: cancel));

    /// <summary>How far a locked batch is now.</summary>
    public static Task SaveAsync(ShardTransaction transaction, Id batch, BatchProgress progress, DateTimeOffset? completedAt, CancellationToken cancel) =>
        transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE batches SET state = @State, sequence = @Sequence, deposits = @Deposits, lines = @Lines, gross = @Gross, charge = @Charge,
                               items_settled = @ItemsSettled, amount_settled = @AmountSettled, amount_refunded_settled = @AmountRefundedSettled,
                               completed_at = coalesce(completed_at, @completedAt)
            WHERE id = @id
            """,
            new
            {
                id = batch.Value,
                progress.State,
                progress.Sequence,
                progress.Deposits,
                progress.Lines,
                progress.Gross,
                progress.Charge,
                progress.ItemsSettled,
                progress.AmountSettled,
                progress.AmountRefundedSettled,
                completedAt = completedAt?.UtcDateTime,
            },
            transaction.Transaction, cancellationToken: cancel));

    /// <summary>Writes the lines that are new and answers their numbers.</summary>
    public static async Task<HashSet<int>> InsertLinesAsync(ShardTransaction transaction, Id batch, IReadOnlyList<ReportLine> lines, DateTimeOffset now, CancellationToken cancel) =>
    [
        .. await transaction.Connection.QueryAsync<int>(new CommandDefinition(
            """
            INSERT INTO report_lines (batch_id, line_number, item_reference, external_id, amount, status, raw, read_at)
            SELECT @id, u.*, @now FROM unnest(@numbers, @items, @externals, @amounts, @states, @raws) u
            ON CONFLICT (batch_id, line_number) DO NOTHING
            RETURNING line_number
            """,
            new
            {
                id = batch.Value, now = now.UtcDateTime,
                numbers = lines.Select(line => line.Number).ToArray(), items = lines.Select(line => line.ItemReference).ToArray(),
                externals = lines.Select(line => line.ExternalId).ToArray(), amounts = lines.Select(line => line.Amount).ToArray(),
                states = lines.Select(line => line.Status).ToArray(), raws = lines.Select(line => line.Raw).ToArray(),
            },
            transaction.Transaction, cancellationToken: cancel)),
    ];

    /// <summary>A line that was read before and now is another, or is gone; null when there is none.</summary>
    public static Task<int?> ContradictedLineAsync(ShardTransaction transaction, Id batch, IReadOnlyList<ReportLine> lines, CancellationToken cancel) =>
        transaction.Connection.QueryFirstOrDefaultAsync<int?>(new CommandDefinition(
            """
            SELECT known.line_number FROM report_lines known LEFT JOIN unnest(@numbers, @raws) AS now (number, raw) ON now.number = known.line_number
            WHERE known.batch_id = @id AND now.raw IS DISTINCT FROM known.raw
            ORDER BY known.line_number LIMIT 1
            """,
            new { id = batch.Value, numbers = lines.Select(line => line.Number).ToArray(), raws = lines.Select(line => line.Raw).ToArray() },
            transaction.Transaction, cancellationToken: cancel));

    /// <summary>Everything that a batch holds, oldest first.</summary>
    public static ValueTask<List<ItemRow>> ItemsAsync(NpgsqlDataSource source, Id batch, CancellationToken cancel) =>
        ItemSql.ReadAsync(source, new ItemFilter(batch), cancel).ToListAsync(cancel);

    public static async Task SaveItemsAsync(ShardTransaction transaction, IReadOnlyList<ItemOutcome> items, CancellationToken cancel)
    {
        await transaction.Connection.ExecuteAsync(new CommandDefinition(
            """
            UPDATE items i SET state = u.state, amount_settled = u.settled
            FROM unnest(@ids, @states, @settled) AS u(id, state, settled) WHERE i.id = u.id AND (i.state, i.amount_settled) IS DISTINCT FROM (u.state, u.settled)
            """,
            new { ids = items.Select(item => item.Id.Value).ToArray(), states = items.Select(item => item.State).ToArray(), settled = items.Select(item => item.Settled).ToArray() },
            transaction.Transaction, cancellationToken: cancel));
    }

    /// <summary>Batches as they stand, oldest first.</summary>
    public static async Task<List<BatchRow>> ReadAsync(NpgsqlDataSource source, BatchFilter filter, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"""
            SELECT {Columns} FROM batches
            WHERE (@id::uuid IS NULL OR id = @id) AND (@merchant::uuid IS NULL OR merchant_id = @merchant) AND (@mode::smallint IS NULL OR mode = @mode)
              AND (@date::date IS NULL OR settlement_date = @date) AND (@after::uuid IS NULL OR id > @after)
            ORDER BY id LIMIT @limit
            """,
            new { id = filter.Id?.Value, merchant = filter.Merchant?.Value, mode = (short?)filter.Mode, date = filter.Date, after = filter.After?.Value, limit = filter.Limit },
            cancellationToken: cancel));
        return [.. rows.Select(row => row.ToBatch())];
    }

    private sealed record Row(
        Guid Id, Guid MerchantId, short Mode, string Acquirer, string Currency, DateOnly SettlementDate, int Ordinal, string State, int Items, long Amount,
        DateTime SealedAt, DateTime? CompletedAt, DateTime? NextStepAt, int Attempts, string? LastProblem, int ItemsSettled, long AmountSettled, long AmountRefunded)
    {
        public BatchRow ToBatch() => new(
            Kernel.Id.From(IdPrefix.Batch, Id), Kernel.Id.From(IdPrefix.Merchant, MerchantId), (Mode)Mode, Acquirer, Kernel.Currency.Parse(Currency), SettlementDate,
            Ordinal, State, Items, Amount, Utc(SealedAt), CompletedAt is { } completed ? Utc(completed) : null, NextStepAt is { } next ? Utc(next) : null, Attempts,
            LastProblem, ItemsSettled, AmountSettled, AmountRefunded);

        private static DateTimeOffset Utc(DateTime time) => new(time, TimeSpan.Zero);
    }
}
