using PayFlow.Auth.Audits;
using PayFlow.Auth.Idempotency;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>The body of <c>POST /v1/api-keys/{id}/revoke</c>: nothing but, perhaps, the idempotency key.</summary>
public sealed record RevokeApiKeyRequest;

/// <summary>Ends a key at once. One that has ended stays as it is.</summary>
public sealed class RevokeApiKey(SimpleRequests requests, TimeProvider time)
{
    public async Task<IResult> HandleAsync(KeyAsker asker, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: new RevokeApiKeyRequest()), ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.ApiKey, id, out var key) || key.Slot != asker.MerchantId.Slot)
        {
            return Problem.From(Refusal.NotFound("API key", id));
        }

        var once = new SimpleRequest(asker.MerchantId, asker.KeyMode, body.Key, Fingerprint.Of(KeyKind.RevokeApiKey, key, body.Asked), KeyKind.RevokeApiKey, key);
        return await requests.CarryOutAsync(once, (transaction, cancel) => WriteAsync(transaction, asker, key, time.GetUtcNow(), cancel), ct);
    }

    // Whoever may write keys may end any of them: that gives nobody more than it has.
    private static async Task<Result<SimpleAnswer>> WriteAsync(ShardTransaction transaction, KeyAsker asker, Id id, DateTimeOffset now, CancellationToken ct)
    {
        if (await ApiKeySql.FindForChangeAsync(transaction, id, asker.MerchantId, asker.Mode, ct) is not { } key)
        {
            return Refusal.NotFound("API key", id.ToString());
        }

        if (key.RevokedAt is not null)
        {
            return new SimpleAnswer(StatusCodes.Status200OK, ApiKeyView.Of(key, now));
        }

        var revoked = key with { RevokedAt = now };
        await ApiKeySql.ChangeAsync(transaction, revoked, now, ct);
        await Audit.WriteAsync(
            transaction, new AuditLine(now, asker.Actor, "api_key.revoked", asker.MerchantId, key.Id, ApiKeyView.Of(key, now), ApiKeyView.Of(revoked, now)), ct);
        return new SimpleAnswer(StatusCodes.Status200OK, ApiKeyView.Of(revoked, now));
    }
}
