using System.Globalization;
using PayFlow.Batch.Items;
using PayFlow.Kernel;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Batch.Batches;

/// <summary>What a merchant sees of its batches, and the operators' cutoff.</summary>
internal static class BatchEndpoints
{
    private const int Page = 100;

    public static void MapBatches(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/batches", (Caller caller, Shards shards, string? date, CancellationToken cancel) => ListAsync(caller, shards, date, cancel));
        app.MapGet("/v1/batches/{idOrDate}", GetAsync);
        app.MapGet("/v1/batches/{id}/items", ItemsAsync);
        app.MapGet("/v1/batches/{id}/file", FileAsync);
        app.MapPost("/internal/cutoff", CutoffAsync).RequireOpsKey();
    }

    private static async Task<IResult> ListAsync(Caller caller, Shards shards, string? date, CancellationToken cancel)
    {
        DateOnly day = default;
        if (date is not null && !IsDate(date, out day))
        {
            return Problems.From(Refusal.Invalid([new FieldError("date", "malformed", $"'{date}' is not a date: write YYYY-MM-DD.")]));
        }

        var batches = await BatchSql.ReadAsync(shards.For(caller.Slot).Source, null, caller.MerchantId.Value, date is null ? null : day, Page + 1, cancel);
        return Results.Ok(new ListBody<BatchBody>([.. batches.Take(Page).Select(BatchBody.From)], batches.Count > Page));
    }

    private static async Task<IResult> GetAsync(string idOrDate, Caller caller, Shards shards, CancellationToken cancel)
    {
        if (IsDate(idOrDate, out _))
        {
            return await ListAsync(caller, shards, idOrDate, cancel);
        }

        return await FindAsync(idOrDate, caller, shards, cancel) is { } batch ? Results.Ok(BatchBody.From(batch)) : Unknown(idOrDate);
    }

    private static async Task<IResult> ItemsAsync(string id, Caller caller, Shards shards, CancellationToken cancel)
    {
        if (await FindAsync(id, caller, shards, cancel) is not { } batch)
        {
            return Unknown(id);
        }

        var items = await BatchSql.ItemsAsync(shards.For(caller.Slot).Source, batch.Id, cancel);
        return Results.Ok(new ListBody<ItemBody>([.. items.Select(ItemBody.From)], false));
    }

    private static async Task<IResult> FileAsync(string id, Caller caller, Shards shards, CancellationToken cancel) =>
        await FindAsync(id, caller, shards, cancel) is { } batch
            ? Results.Text(await BatchSql.FileAsync(shards.For(caller.Slot).Source, batch.Id, cancel), "text/csv")
            : Unknown(id);

    private static async Task<IResult> CutoffAsync(SealBatches seal, SettlementSignal signal, CancellationToken cancel)
    {
        var batches = await seal.ByCommandAsync(null, cancel);
        signal.Wake();
        return Results.Ok(new { batches = batches.Select(batch => batch.ToString()) });
    }

    private static async Task<BatchRow?> FindAsync(string text, Caller caller, Shards shards, CancellationToken cancel) =>
        Id.TryParse(IdPrefix.Batch, text, out var id)
            ? (await BatchSql.ReadAsync(shards.For(caller.Slot).Source, id.Value, caller.MerchantId.Value, null, 1, cancel)).SingleOrDefault(batch => batch.Mode == caller.Mode)
            : null;

    private static IResult Unknown(string id) => Problems.From(Refusal.NotFound("batch", id));

    private static bool IsDate(string text, out DateOnly date) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out date);

    private sealed record ListBody<T>(IReadOnlyList<T> Data, bool HasMore);

    private sealed record MoneyBody(long Amount, string Currency);

    private sealed record BatchBody(
        string Id, string Object, string Date, string Acquirer, string State, int Items, MoneyBody Amount, int ItemsSettled, MoneyBody AmountSettled, DateTimeOffset SealedAt)
    {
        public static BatchBody From(BatchRow batch) => new(
            batch.Id.ToString(), "batch", batch.Date.ToString("O", CultureInfo.InvariantCulture), batch.Acquirer, batch.State, batch.Items,
            new MoneyBody(batch.Amount, batch.Currency.Code), batch.ItemsSettled, new MoneyBody(batch.AmountSettled, batch.Currency.Code), batch.SealedAt);
    }

    private sealed record ItemBody(string Id, string Object, string Payment, string State, MoneyBody Amount, MoneyBody Fee, MoneyBody AmountSettled)
    {
        public static ItemBody From(ItemRow item) => new(
            item.Id.ToString(), "batch_item", item.PaymentId.ToString(), item.State, new MoneyBody(item.Amount, item.Currency.Code),
            new MoneyBody(item.Fee, item.Currency.Code), new MoneyBody(item.AmountSettled, item.Currency.Code));
    }
}
