using System.ComponentModel;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Idempotency;
using PayFlow.Messaging.Feeds;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;

namespace PayFlow.Auth.Webhooks;

/// <summary>The body of <c>POST /v1/webhook-endpoints/{id}/rotate-secret</c>.</summary>
public sealed record RotateSecretRequest(
    [property: Description("How long deliveries are signed with the old secret, too, in seconds: 0 to 604800; 86400 when left out.")] int? OverlapSeconds);

/// <summary><c>POST /v1/webhook-endpoints/{id}/rotate-secret</c>: the answer shows the new secret, once.</summary>
internal sealed class RotateSecret(SimpleRequests requests, SecretBox box, IOptions<WebhookOptions> options, TimeProvider time)
{
    private const int MaxOverlapSeconds = 7 * 24 * 60 * 60;

    public async Task<IResult> HandleAsync(Caller caller, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(
            request,
            body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: new RotateSecretRequest(body.OptionalInt32("overlap_seconds", 0, MaxOverlapSeconds))),
            ct);
        if (!read.TryGet(out var given, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!ReadEndpoints.TryParse(caller, id, out var endpoint))
        {
            return Problem.From(ReadEndpoints.NotFound(id));
        }

        var overlap = given.Asked.OverlapSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.RotationOverlap;
        var once = new SimpleRequest(
            caller.MerchantId, caller.Mode, given.Key, Fingerprint.Of(KeyKind.RotateWebhookSecret, endpoint, given.Asked), KeyKind.RotateWebhookSecret, endpoint);
        return await requests.CarryOutAsync(
            once,
            async (transaction, cancel) =>
            {
                var now = time.GetUtcNow();
                if (await EndpointSql.LockAsync(transaction, endpoint, new Feed(caller.MerchantId, caller.Mode), cancel) is not { } before)
                {
                    return ReadEndpoints.NotFound(id);
                }

                var (secrets, secret) = box.Rotate(endpoint, before.Secrets, now + overlap);
                var after = before with { Secrets = secrets, UpdatedAt = now };
                await EndpointSql.UpdateAsync(transaction, after, startsAnew: false, cancel);
                return new SimpleAnswer(StatusCodes.Status200OK, EndpointView.Of(after, now, secret)) { Kept = EndpointView.Of(after, now) };
            },
            ct);
    }
}
