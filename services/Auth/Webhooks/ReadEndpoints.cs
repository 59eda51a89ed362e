using PayFlow.Auth.Payments;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary><c>GET /v1/webhook-endpoints</c>, <c>GET /v1/webhook-endpoints/{id}</c> and <c>GET /v1/webhook-endpoints/{id}/deliveries</c>.</summary>
internal sealed class ReadEndpoints(Shards shards, TimeProvider time)
{
    public async Task<IResult> ListAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (Limit: query.Limit(), After: query.OptionalId("starting_after", IdPrefix.WebhookEndpoint)));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        // One more than is shown tells whether there are more.
        var endpoints = await EndpointSql.ListAsync(shards.For(caller.Slot).Source, new Feed(caller.MerchantId, caller.Mode), page.After, page.Limit + 1, ct);
        var now = time.GetUtcNow();
        return Results.Ok(new PageView<EndpointView>([.. endpoints.Take(page.Limit).Select(endpoint => EndpointView.Of(endpoint, now))], endpoints.Count > page.Limit));
    }

    public async Task<IResult> GetAsync(Caller caller, string id, CancellationToken ct) =>
        await FindAsync(caller, id, ct) is { } endpoint ? Results.Ok(EndpointView.Of(endpoint, time.GetUtcNow())) : Problem.From(NotFound(id));

    public async Task<IResult> DeliveriesAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = RequestQuery.Read(request, query => (
            Limit: query.Limit(),
            After: query.OptionalId("starting_after", IdPrefix.WebhookDelivery),
            State: query.OptionalChoice("status", [.. Enum.GetValues<DeliveryState>().Select(Names.Of)])));
        if (!read.TryGet(out var page, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (await FindAsync(caller, id, ct) is not { } endpoint)
        {
            return Problem.From(NotFound(id));
        }

        var state = page.State is { } name ? Names.Parse<DeliveryState>(name) : (DeliveryState?)null;
        var deliveries = await DeliverySql.ListAsync(shards.For(caller.Slot).Source, endpoint.Id, state, page.After, page.Limit + 1, ct);
        return Results.Ok(new PageView<DeliveryView>(
            [.. deliveries.Take(page.Limit).Select(logged => DeliveryView.Of(logged.Delivery, logged.Attempts))], deliveries.Count > page.Limit));
    }

    internal static Refusal NotFound(string id) => Refusal.NotFound("webhook endpoint", id);

    /// <summary>The id of an endpoint that may be the caller's.</summary>
    internal static bool TryParse(Caller caller, string text, out Id id) => Id.TryParse(IdPrefix.WebhookEndpoint, text, out id) && id.Slot == caller.Slot;

    private async Task<WebhookEndpoint?> FindAsync(Caller caller, string id, CancellationToken ct) => TryParse(caller, id, out var endpoint)
        ? await EndpointSql.FindAsync(shards.For(caller.Slot).Source, endpoint, new Feed(caller.MerchantId, caller.Mode), ct)
        : null;
}
