using System.Text.Json.Nodes;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>A line of a payment's history.</summary>
public sealed record HistoryView(long Sequence, string Type, string? PreviousStatus, string Status, DateTimeOffset At, JsonObject Metadata)
{
    public static HistoryView Of(HistoryEntry entry) => new(entry.Sequence, entry.Type, entry.Previous?.Name(), entry.Status.Name(), entry.At, entry.Metadata);
}

/// <summary><c>GET /v1/payments/{id}/history</c>: every state change, in order.</summary>
public sealed class GetPaymentHistory(Shards shards, PaymentReader reader)
{
    public async Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(otherwise: 100), After: query.OptionalInt32("starting_after", 0, int.MaxValue) ?? 0));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (await reader.FindAsync(caller, id, ct) is not { } payment)
        {
            return Problem.From(Refusal.NotFound("payment", id));
        }

        var entries = await PaymentReadSql.HistoryAsync(shards.For(caller.Slot).Source, payment.Id, page.After, page.Limit + 1, ct);
        return Results.Ok(new PageView<HistoryView>([.. entries.Take(page.Limit).Select(HistoryView.Of)], entries.Count > page.Limit));
    }
}
