using Dapper;
using Npgsql;
using PayFlow.Kernel;

namespace PayFlow.Reconciler.Exceptions;

/// <summary>An exception as people read it. Amounts are minor units; time UTC. One of a notice that nobody can explain has no merchant, mode and batch, and may have no currency.</summary>
internal sealed record ExceptionRow(
    Id Id, string Kind, string State, Id? MerchantId, Mode? Mode, string Acquirer, Id? BatchId, Id? ItemId, Id? PaymentId, Currency? Currency,
    long Expected, long Actual, string Explanation, DateTimeOffset OpenedAt, string? Resolution);

/// <summary>A record as it is compared with the other books. Amounts are minor units.</summary>
internal sealed record RecordRow(Id ItemId, Id PaymentId, Id BatchId, string State, long Expected, long Settled);

/// <summary>Which exceptions are asked for; what is null doesn't matter.</summary>
internal sealed record ExceptionFilter(Id? Merchant = null, Mode? Mode = null, string? State = null, Id? After = null, int Limit = ExceptionFilter.MaxLimit)
{
    public const int MaxLimit = 500;
}

internal static class ExceptionSql
{
    static ExceptionSql() => DefaultTypeMap.MatchNamesWithUnderscores = true;   // column item_id, member ItemId

    private const string Select = """
        SELECT id, kind, state, merchant_id, mode, acquirer, batch_id, item_id, payment_id, currency, expected, actual, explanation, opened_at, resolution
        FROM exceptions
        WHERE (@merchant::uuid IS NULL OR merchant_id = @merchant) AND (@mode::smallint IS NULL OR mode = @mode) AND (@state::text IS NULL OR state = @state) AND (@after::uuid IS NULL OR id > @after)
        ORDER BY id LIMIT @limit
        """;

    /// <summary>Exceptions as they stand, by id.</summary>
    public static async Task<List<ExceptionRow>> ReadAsync(NpgsqlDataSource source, ExceptionFilter filter, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            Select,
            new { merchant = filter.Merchant?.Value, mode = (short?)filter.Mode, state = filter.State, after = filter.After?.Value, limit = filter.Limit },
            cancellationToken: cancel));
        return [.. rows.Select(row => row.ToException())];
    }

    /// <summary>Records as they stand, by item: of one batch or of all.</summary>
    public static async Task<List<RecordRow>> RecordsAsync(NpgsqlDataSource source, Id? batch, Id? after, int limit, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        var rows = await connection.QueryAsync<(Guid Item, Guid Payment, Guid Batch, string State, long Expected, long Settled)>(new CommandDefinition(
            """
            SELECT item_id, payment_id, batch_id, state, expected, settled FROM records
            WHERE (@batch::uuid IS NULL OR batch_id = @batch) AND (@after::uuid IS NULL OR item_id > @after)
            ORDER BY item_id LIMIT @limit
            """,
            new { batch = batch?.Value, after = after?.Value, limit }, cancellationToken: cancel));
        return
        [
            .. rows.Select(row => new RecordRow(
                Id.From(IdPrefix.Item, row.Item), Id.From(IdPrefix.Payment, row.Payment), Id.From(IdPrefix.Batch, row.Batch), row.State, row.Expected, row.Settled)),
        ];
    }

    private sealed record Row(
        Guid Id, string Kind, string State, Guid? MerchantId, short? Mode, string Acquirer, Guid? BatchId, Guid? ItemId, Guid? PaymentId, string? Currency,
        long Expected, long Actual, string Explanation, DateTime OpenedAt, string? Resolution)
    {
        public ExceptionRow ToException() => new(
            Kernel.Id.From(IdPrefix.Exception, Id), Kind, State, Named(IdPrefix.Merchant, MerchantId), (Mode?)Mode, Acquirer, Named(IdPrefix.Batch, BatchId),
            Named(IdPrefix.Item, ItemId), Named(IdPrefix.Payment, PaymentId), Currency is null ? null : Kernel.Currency.Parse(Currency), Expected, Actual, Explanation,
            new DateTimeOffset(OpenedAt, TimeSpan.Zero), Resolution);

        private static Id? Named(string prefix, Guid? value) => value is { } known ? Kernel.Id.From(prefix, known) : null;
    }
}
