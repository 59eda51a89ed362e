using Microsoft.Extensions.Options;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary><c>PATCH</c> and <c>DELETE /v1/webhook-endpoints/{id}</c>: both do the same however often they are sent.</summary>
internal sealed class ChangeEndpoint(Shards shards, AddressGuard guard, DeliverySignal deliveries, IOptions<WebhookOptions> options, TimeProvider time)
{
    public async Task<IResult> UpdateAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(request, body => EndpointRequest.Read(body, options.Value.AllowPrivateAddresses, mustHaveUrl: false), ct);
        if (!read.TryGet(out var asked, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!ReadEndpoints.TryParse(caller, id, out var endpoint))
        {
            return Problem.From(ReadEndpoints.NotFound(id));
        }

        if (asked.Url is { } url && await EndpointRequest.CheckAsync(url, guard, ct) is { } refused)
        {
            return Problem.From(refused);
        }

        var now = time.GetUtcNow();
        await using var transaction = await shards.BeginAsync(caller.Slot, ct);
        if (await EndpointSql.LockAsync(transaction, endpoint, new Feed(caller.MerchantId, caller.Mode), ct) is not { } before)
        {
            return Problem.From(ReadEndpoints.NotFound(id));
        }

        var after = Apply(before, asked, now);
        await EndpointSql.UpdateAsync(transaction, after, startsAnew: after.Enabled && !before.Enabled, ct);
        await transaction.CommitAsync(ct);
        deliveries.Wake();   // what waited for it to be enabled
        return Results.Ok(EndpointView.Of(after, now));
    }

    public async Task<IResult> DeleteAsync(Caller caller, string id, CancellationToken ct)
    {
        if (ReadEndpoints.TryParse(caller, id, out var endpoint))
        {
            await using var transaction = await shards.BeginAsync(caller.Slot, ct);
            if (await EndpointSql.DeleteAsync(transaction, endpoint, new Feed(caller.MerchantId, caller.Mode), ct))
            {
                await transaction.CommitAsync(ct);
                return Results.Ok(new DeletedEndpointView(endpoint, "webhook_endpoint", Deleted: true));
            }
        }

        return Problem.From(ReadEndpoints.NotFound(id));
    }

    private static WebhookEndpoint Apply(WebhookEndpoint before, EndpointRequest asked, DateTimeOffset now)
    {
        var after = before with
        {
            Url = asked.Url ?? before.Url,
            Types = asked.DistinctTypes ?? before.Types,
            Description = asked.Description switch { null => before.Description, "" => null, var text => text },
            UpdatedAt = now,
        };
        return asked.Enabled switch
        {
            true when !before.Enabled => after.Enable(),
            false => after.Disable(WebhookEndpoint.ByMerchant, now),
            _ => after,
        };
    }
}
