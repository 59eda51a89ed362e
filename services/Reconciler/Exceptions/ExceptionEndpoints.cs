using PayFlow.Kernel;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.OpenApi;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Reconciler.Exceptions;

/// <summary>What a merchant sees of its exceptions.</summary>
internal static class ExceptionEndpoints
{
    public static void MapExceptions(this IEndpointRouteBuilder app) => app.MapGet("/v1/reconciliation/exceptions", ListAsync)
        .WithTags("Reconciliation").WithName("list_exceptions").WithSummary("List what did not match between us and the acquirers, by the age of their batch")
        .WithDescription("Captures and refunds; the amounts of refunds are below zero.")
        .WithQuery("state", "open or resolved; both when left out").WithQuery("limit", "1 to 100").WithQuery("starting_after", "Id of an exception")
        .Produces<ExceptionList>();

    private static async Task<IResult> ListAsync(Caller caller, Shards shards, HttpRequest request, CancellationToken cancel)
    {
        var read = RequestQuery.Read(
            request, query => (State: query.OptionalChoice("state", "open", "resolved"), After: query.OptionalId("starting_after", IdPrefix.Exception), Limit: query.Limit()));
        if (!read.TryGet(out var asked, out var refusal))
            return Problem.From(refusal);
        var filter = new ExceptionFilter(caller.MerchantId, caller.Mode, asked.State, asked.After, asked.Limit + 1);
        var found = await ExceptionSql.ReadAsync(shards.For(caller.Slot).Source, filter, cancel);
        return Results.Ok(new ExceptionList([.. found.Take(asked.Limit).Select(ExceptionView.From)], found.Count > asked.Limit));
    }

    private sealed record ExceptionList(IReadOnlyList<ExceptionView> Data, bool HasMore);

    private sealed record ExceptionView(
        Id Id, string Object, string Kind, string State, string Acquirer, Id? Batch, Id? Item, Id? Payment, Money Expected, Money Actual,
        string Explanation, DateTimeOffset OpenedAt, string? Resolution)
    {
        public static ExceptionView From(ExceptionRow exception) => new(
            exception.Id, "reconciliation_exception", exception.Kind, exception.State, exception.Acquirer, exception.BatchId, exception.ItemId, exception.PaymentId,
            new Money(exception.Expected, exception.Currency!.Value), new Money(exception.Actual, exception.Currency!.Value), exception.Explanation, exception.OpenedAt, exception.Resolution);
    }
}
