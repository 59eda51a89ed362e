using Microsoft.Extensions.Options;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Webhooks;

/// <summary><c>POST /v1/webhook-endpoints</c>: the answer shows the secret, once.</summary>
internal sealed class CreateEndpoint(SimpleRequests requests, AddressGuard guard, SecretBox box, IOptions<WebhookOptions> options, TimeProvider time)
{
    public async Task<IResult> HandleAsync(Caller caller, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(
            request,
            body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: EndpointRequest.Read(body, options.Value.AllowPrivateAddresses, mustHaveUrl: true)),
            ct);
        if (!read.TryGet(out var given, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (await EndpointRequest.CheckAsync(given.Asked.Url!, guard, ct) is { } refused)
        {
            return Problem.From(refused);
        }

        var now = time.GetUtcNow();
        var (endpoint, secret) = Make(caller, given.Asked, now);
        var once = new SimpleRequest(
            caller.MerchantId, caller.Mode, given.Key, Fingerprint.Of(KeyKind.CreateWebhookEndpoint, null, given.Asked), KeyKind.CreateWebhookEndpoint, endpoint.Id);
        return await requests.CarryOutAsync(
            once,
            async (transaction, cancel) =>
            {
                if (await EndpointSql.CountLockedAsync(transaction, caller.MerchantId, caller.Mode, cancel) >= options.Value.MaxEndpoints)
                {
                    return new Refusal(RefusalKind.Conflict, "too_many_endpoints", $"There are {options.Value.MaxEndpoints} webhook endpoints already, as many as there may be. Delete one first.");
                }

                await EndpointSql.InsertAsync(transaction, endpoint, cancel);
                return new SimpleAnswer(StatusCodes.Status201Created, EndpointView.Of(endpoint, now, secret)) { Kept = EndpointView.Of(endpoint, now) };
            },
            ct);
    }

    private (WebhookEndpoint Endpoint, string Secret) Make(Caller caller, EndpointRequest asked, DateTimeOffset now)
    {
        var id = Id.New(IdPrefix.WebhookEndpoint, caller.Slot, now);
        var (secrets, secret) = box.New(id);
        var endpoint = new WebhookEndpoint
        {
            Id = id,
            MerchantId = caller.MerchantId,
            Mode = caller.Mode,
            Url = asked.Url!,
            Description = asked.Description is "" ? null : asked.Description,
            Types = asked.DistinctTypes ?? [],
            Secrets = secrets,
            CreatedAt = now,
            UpdatedAt = now,
        };
        return (asked.Enabled == false ? endpoint.Disable(WebhookEndpoint.ByMerchant, now) : endpoint, secret);
    }
}
