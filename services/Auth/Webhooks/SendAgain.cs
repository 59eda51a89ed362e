using System.Text.Json.Nodes;
using PayFlow.Auth.Events;
using PayFlow.Auth.Idempotency;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>
/// <c>POST …/deliveries/{delivery}/redeliver</c> and <c>POST …/test</c>: something is delivered because the merchant asks. Both answer with the delivery, which the workers
/// make in a moment.
/// </summary>
internal sealed class SendAgain(SimpleRequests requests, DeliverySignal deliveries, TimeProvider time)
{
    private static readonly Refusal Disabled = new(RefusalKind.Conflict, "endpoint_disabled", "Nothing is delivered to this endpoint because it is disabled. Enable it first.");

    public async Task<IResult> RedeliverAsync(Caller caller, string id, string delivery, HttpRequest request, CancellationToken ct)
    {
        if (!Id.TryParse(IdPrefix.WebhookDelivery, delivery, out var wanted) || wanted.Slot != caller.Slot)
        {
            return Problem.From(Refusal.NotFound("delivery", delivery));
        }

        return await CarryOutAsync(
            caller,
            id,
            request,
            KeyKind.RedeliverWebhook,
            wanted,
            async (transaction, endpoint, now, cancel) =>
                await DeliverySql.RedeliverAsync(transaction, wanted, endpoint.Id, now, cancel) is { } again ? again : Refusal.NotFound("delivery", delivery),
            ct);
    }

    public Task<IResult> TestAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var delivery = Id.New(IdPrefix.WebhookDelivery, caller.Slot, now);
        return CarryOutAsync(
            caller,
            id,
            request,
            KeyKind.TestWebhook,
            delivery,
            async (transaction, endpoint, now, cancel) =>
            {
                var test = Test(endpoint, now);
                await DeliverySql.InsertAsync(transaction, endpoint.Id, [new NewDelivery(delivery, test.Id, test.Type, test.ToJson())], now, cancel);
                return new Delivery(delivery, endpoint.Id, test.Id, test.Type, DeliveryState.Pending, 0, now, now, null);
            },
            ct);
    }

    private async Task<IResult> CarryOutAsync(
        Caller caller,
        string id,
        HttpRequest request,
        KeyKind kind,
        Id delivery,
        Func<ShardTransaction, WebhookEndpoint, DateTimeOffset, CancellationToken, Task<Result<Delivery>>> send,
        CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(request, body => IdempotencyKey.ReadOptional(request, body), ct);
        if (read.Refusal is { } invalid)
        {
            return Problem.From(invalid);
        }

        if (!ReadEndpoints.TryParse(caller, id, out var endpoint))
        {
            return Problem.From(ReadEndpoints.NotFound(id));
        }

        read.TryGet(out var key, out _);
        var target = kind == KeyKind.RedeliverWebhook ? delivery : endpoint;
        var answer = await requests.CarryOutAsync(
            new SimpleRequest(caller.MerchantId, caller.Mode, key, Fingerprint.Of(kind, target, new { Endpoint = id }), kind, delivery),
            async (transaction, cancel) =>
            {
                if (await EndpointSql.LockAsync(transaction, endpoint, new Feed(caller.MerchantId, caller.Mode), cancel) is not { } found)
                {
                    return ReadEndpoints.NotFound(id);
                }

                if (!found.Enabled)
                {
                    return Disabled;
                }

                return (await send(transaction, found, time.GetUtcNow(), cancel)).TryGet(out var sent, out var refused)
                    ? new SimpleAnswer(StatusCodes.Status202Accepted, DeliveryView.Of(sent, []))
                    : refused;
            },
            ct);
        deliveries.Wake();
        return answer;
    }

    // In no feed: it tells of nothing that happened.
    private static EventView Test(WebhookEndpoint endpoint, DateTimeOffset now) => new()
    {
        Id = Id.New(IdPrefix.Event, endpoint.Id.Slot, now),
        Type = EventTypes.EndpointTest,
        Sequence = 0,
        CreatedAt = now,
        Mode = endpoint.Mode,
        Data = new JsonObject { ["webhook_endpoint"] = new JsonObject { ["id"] = endpoint.Id.ToString(), ["url"] = endpoint.Url.AbsoluteUri, ["enabled"] = true } },
    };
}
