using System.Globalization;
using PayFlow.Batch.Items;
using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>What a merchant sees of its batches, and the operators' cutoff.</summary>
internal static class BatchEndpoints
{
    public static void MapBatches(this IEndpointRouteBuilder app)
    {
        var batches = app.MapGroup("/v1/batches").WithTags("Batches");
        batches.MapGet("", ListAsync).WithName("list_batches").WithSummary("List settlement batches, oldest first")
            .WithQuery("date", "Settlement date, YYYY-MM-DD, in the merchant's zone").WithQuery("limit", "1 to 100").WithQuery("starting_after", "Id of a batch")
            .Produces<BatchList>();
        batches.MapGet("{idOrDate}", GetAsync).WithName("get_batch").WithSummary("One batch")
            .WithDescription("By its id. A settlement date (YYYY-MM-DD) in its place answers the list of that date's batches, as `?date=` does. "
                + "`amount` is what was captured less `amount_refunded`, and may be below zero: then the acquirer takes money.").Produces<BatchView>();
        batches.MapGet("{id}/items", ItemsAsync).WithName("list_batch_items").WithSummary("What a batch holds and what became of it")
            .WithDescription("Captures and refunds; the amounts of refunds are below zero.")
            .WithQuery("limit", "1 to 100").WithQuery("starting_after", "Id of an item").Produces<ItemList>();
        batches.MapGet("{id}/file", FileAsync).WithName("get_batch_file").WithSummary("The file as the acquirer was sent it").Produces<string>(200, "text/csv");
        app.MapPost("/internal/cutoff", CutoffAsync);
        app.MapPost("/internal/batches/{id}/resubmit", ResubmitAsync);
    }

    private static async Task<IResult> ListAsync(Caller caller, Shards shards, HttpRequest request, CancellationToken cancel)
    {
        var read = RequestQuery.Read(request, query => new ListQuery(query.OptionalDate("date"), query.OptionalId("starting_after", IdPrefix.Batch), query.Limit()));
        return read.TryGet(out var query, out var refusal) ? await PageAsync(caller, shards, query, cancel) : Problem.From(refusal);
    }

    private static async Task<IResult> PageAsync(Caller caller, Shards shards, ListQuery query, CancellationToken cancel)
    {
        var batches = await BatchSql.ReadAsync(
            shards.For(caller.Slot).Source, new BatchFilter(Merchant: caller.MerchantId, Mode: caller.Mode, Date: query.Date, After: query.After, Limit: query.Limit + 1), cancel);
        return Results.Ok(new BatchList([.. batches.Take(query.Limit).Select(BatchView.From)], batches.Count > query.Limit));
    }

    private static async Task<IResult> GetAsync(string idOrDate, Caller caller, Shards shards, CancellationToken cancel)
    {
        if (DateOnly.TryParseExact(idOrDate, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            return await PageAsync(caller, shards, new ListQuery(date, null, 100), cancel);
        return await FindAsync(idOrDate, caller, shards, cancel) is { } batch ? Results.Ok(BatchView.From(batch)) : Unknown(idOrDate);
    }

    private static async Task<IResult> ItemsAsync(string id, Caller caller, Shards shards, HttpRequest request, CancellationToken cancel)
    {
        if (await FindAsync(id, caller, shards, cancel) is not { } batch)
            return Unknown(id);
        var read = RequestQuery.Read(request, query => (After: query.OptionalId("starting_after", IdPrefix.Item), Limit: query.Limit()));
        if (!read.TryGet(out var asked, out var refusal))
            return Problem.From(refusal);
        var items = await ItemSql.ReadAsync(shards.For(caller.Slot).Source, new ItemFilter(batch.Id, After: asked.After, Limit: asked.Limit + 1), cancel).ToListAsync(cancel);
        return Results.Ok(new ItemList([.. items.Take(asked.Limit).Select(ItemView.From)], items.Count > asked.Limit));
    }

    private static async Task<IResult> FileAsync(string id, Caller caller, Shards shards, CancellationToken cancel) =>
        await FindAsync(id, caller, shards, cancel) is { } batch
            ? Results.Text(await BatchSql.FileAsync(shards.For(caller.Slot).Source, batch.Id, cancel), "text/csv")
            : Unknown(id);

    private static async Task<IResult> CutoffAsync(SealBatches seal, CancellationToken cancel) => Results.Ok(new { batches = await seal.ByCommandAsync(null, cancel) });

    private static async Task<IResult> ResubmitAsync(string id, Shards shards, SettlementSignal signal, TimeProvider time, CancellationToken cancel)
    {
        if (!Id.TryParse(IdPrefix.Batch, id, out var batch) || !await BatchSql.ResubmitAsync(shards.For(batch.Slot).Source, batch, time.GetUtcNow(), cancel))
            return Problem.From(Refusal.NotFound("failed batch", id));
        signal.Wake();
        return Results.NoContent();
    }

    private static async Task<BatchRow?> FindAsync(string text, Caller caller, Shards shards, CancellationToken cancel) =>
        Id.TryParse(IdPrefix.Batch, text, out var id)
            ? (await BatchSql.ReadAsync(shards.For(caller.Slot).Source, new BatchFilter(id, caller.MerchantId, caller.Mode), cancel)).SingleOrDefault()
            : null;

    private static IResult Unknown(string id) => Problem.From(Refusal.NotFound("batch", id));

    private sealed record ListQuery(DateOnly? Date, Id? After, int Limit);

    private sealed record BatchList(IReadOnlyList<BatchView> Data, bool HasMore);

    private sealed record ItemList(IReadOnlyList<ItemView> Data, bool HasMore);

    private sealed record BatchView(
        Id Id, string Object, DateOnly Date, int Ordinal, string Acquirer, string State, int Items, Money Amount, Money AmountRefunded, int ItemsSettled, Money AmountSettled,
        DateTimeOffset SealedAt)
    {
        public static BatchView From(BatchRow batch) => new(
            batch.Id, "batch", batch.Date, batch.Ordinal, batch.Acquirer, batch.State, batch.Items, new Money(batch.Amount, batch.Currency),
            new Money(batch.AmountRefunded, batch.Currency), batch.ItemsSettled, new Money(batch.AmountSettled, batch.Currency), batch.SealedAt);
    }

    private sealed record ItemView(Id Id, string Object, string Kind, Id Payment, Id Operation, string State, Money Amount, Money Fee, Money AmountSettled)
    {
        public static ItemView From(ItemRow item) => new(
            item.Id, "batch_item", item.Kind, item.PaymentId, item.OperationId, item.State,
            new Money(item.Amount, item.Currency), new Money(item.Fee, item.Currency), new Money(item.AmountSettled, item.Currency));
    }
}
