using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>A page of a list.</summary>
/// <param name="HasMore">There are more after the last: ask again with <c>starting_after</c>.</param>
public sealed record PageView<T>(IReadOnlyList<T> Data, bool HasMore);

/// <summary><c>GET /v1/payments</c>: the caller's payments, newest first. A payment is listed from when it is begun.</summary>
public sealed class ListPayments(Shards shards, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => new PaymentFilter(
            caller.MerchantId,
            caller.Mode,
            query.Limit(),
            query.OptionalId("starting_after", IdPrefix.Payment),
            query.OptionalChoice("status", [.. PaymentStates.AllNames]) is { } name && PaymentStates.TryParse(name, out var status) ? status : null,
            query.OptionalTime("created_from")));
        if (!read.TryGet(out var filter, out var invalid))
        {
            return Problem.From(invalid);
        }

        // One more than is shown tells whether there are more.
        var payments = await PaymentReadSql.ListAsync(shards.For(caller.Slot).Source, filter with { Limit = filter.Limit + 1 }, ct);
        var now = time.GetUtcNow();
        return Results.Ok(new PageView<PaymentView>([.. payments.Take(filter.Limit).Select(payment => PaymentView.Of(payment, now))], payments.Count > filter.Limit));
    }
}
