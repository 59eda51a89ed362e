using PayFlow.Kernel;
using PayFlow.ServiceDefaults;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Exceptions;

/// <summary>What a merchant sees of its exceptions.</summary>
internal static class ExceptionEndpoints
{
    private const int DefaultPage = 20;
    private const int MaxPage = 100;

    public static void MapExceptions(this IEndpointRouteBuilder app) => app.MapGet("/v1/reconciliation/exceptions", ListAsync);

    private static async Task<IResult> ListAsync(Caller caller, Shards shards, string? state, string? starting_after, string? limit, CancellationToken cancel)
    {
        var errors = new List<FieldError>();
        if (state is not null and not "open" and not "resolved")
        {
            errors.Add(new FieldError("state", "unknown_value", $"'{state}' is not a state: write open or resolved, or leave it out."));
        }

        Id after = default;
        if (starting_after is not null && !Id.TryParse(IdPrefix.Exception, starting_after, out after))
        {
            errors.Add(new FieldError("starting_after", "malformed", $"'{starting_after}' is not the id of an exception."));
        }

        var page = DefaultPage;
        if (limit is not null && (!int.TryParse(limit, out page) || page is < 1 or > MaxPage))
        {
            errors.Add(new FieldError("limit", "out_of_range", $"limit is a number from 1 to {MaxPage}."));
        }

        if (errors.Count > 0)
        {
            return Problems.From(Refusal.Invalid(errors));
        }

        var found = await ExceptionSql.ReadAsync(
            shards.For(caller.Slot).Source, caller.MerchantId.Value, caller.Mode, state, starting_after is null ? null : after.Value, page + 1, cancel);
        return Results.Ok(new ListBody([.. found.Take(page).Select(ExceptionBody.From)], found.Count > page));
    }

    private sealed record ListBody(IReadOnlyList<ExceptionBody> Data, bool HasMore);

    private sealed record MoneyBody(long Amount, string Currency);

    private sealed record ExceptionBody(
        string Id, string Object, string Kind, string State, string Acquirer, string Batch, string? Item, string? Payment, MoneyBody Expected, MoneyBody Settled,
        string Explanation, DateTimeOffset OpenedAt, string? Resolution)
    {
        public static ExceptionBody From(ExceptionRow exception) => new(
            exception.Id.ToString(), "reconciliation_exception", exception.Kind, exception.State, exception.Acquirer, exception.BatchId.ToString(),
            exception.ItemId?.ToString(), exception.PaymentId?.ToString(), new MoneyBody(exception.Expected, exception.Currency.Code),
            new MoneyBody(exception.Actual, exception.Currency.Code), exception.Explanation, exception.OpenedAt, exception.Resolution);
    }
}
