using Microsoft.Extensions.Options;
using PayFlow.Auth.Audits;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>The body of <c>POST /v1/api-keys/{id}/rotate</c>.</summary>
/// <param name="OverlapSeconds">How long the old key goes on; 0 ends it at once. Left out: 24 hours.</param>
/// <param name="ExpiresAt">Of the new key.</param>
public sealed record RotateApiKeyRequest(int? OverlapSeconds, DateTimeOffset? ExpiresAt);

/// <summary>Makes a key in the place of another, which goes on for an overlap, so that whoever uses it has time to change it.</summary>
public sealed class RotateApiKey(SimpleRequests requests, IOptions<MerchantOptions> options, TimeProvider time)
{
    private const int MaxOverlapSeconds = 30 * 24 * 60 * 60;

    public async Task<IResult> HandleAsync(KeyAsker asker, string id, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadOptionalAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: Read(body)), ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        if (!Id.TryParse(IdPrefix.ApiKey, id, out var old) || old.Slot != asker.MerchantId.Slot)
        {
            return Problem.From(Refusal.NotFound("API key", id));
        }

        var now = time.GetUtcNow();
        var replacement = Id.New(IdPrefix.ApiKey, old.Slot, now);
        var once = new SimpleRequest(asker.MerchantId, asker.KeyMode, body.Key, Fingerprint.Of(KeyKind.RotateApiKey, old, body.Asked), KeyKind.RotateApiKey, replacement);
        return await requests.CarryOutAsync(once, (transaction, cancel) => WriteAsync(transaction, asker, old, replacement, body.Asked, now, cancel), ct);
    }

    private async Task<Result<SimpleAnswer>> WriteAsync(
        ShardTransaction transaction, KeyAsker asker, Id id, Id replacement, RotateApiKeyRequest asked, DateTimeOffset now, CancellationToken ct)
    {
        if (await ApiKeySql.FindForChangeAsync(transaction, id, asker.MerchantId, asker.Mode, ct) is not { } old)
        {
            return Refusal.NotFound("API key", id.ToString());
        }

        if ((asker.WhyNot(old.Scopes) ?? WhyNot(old, now)) is { } refusal)
        {
            return refusal;
        }

        var overlap = asked.OverlapSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : options.Value.RotationOverlap;
        var secret = ApiKey.NewSecret(old.Mode);
        var made = ApiKey.Of(secret, old.MerchantId, old.Mode, old.Scopes, now) with { Id = replacement, Name = old.Name, ExpiresAt = asked.ExpiresAt };
        var ended = Ended(old, now, overlap) with { ReplacedBy = made.Id };
        await ApiKeySql.InsertAsync(transaction, made, ct);
        await ApiKeySql.ChangeAsync(transaction, ended, now, ct);
        await Audit.WriteAsync(
            transaction, new AuditLine(now, asker.Actor, "api_key.rotated", asker.MerchantId, old.Id, ApiKeyView.Of(old, now), ApiKeyView.Of(ended, now)), ct);
        var view = ApiKeyView.Of(made, now);
        return new SimpleAnswer(StatusCodes.Status201Created, view with { Secret = secret }) { Kept = view };
    }

    /// <summary>A key that is to end after an overlap: not later than it would have ended anyway.</summary>
    internal static ApiKey Ended(ApiKey key, DateTimeOffset now, TimeSpan overlap) =>
        overlap <= TimeSpan.Zero ? key with { RevokedAt = now }
        : key.ExpiresAt is { } sooner && sooner <= now + overlap ? key
        : key with { ExpiresAt = now + overlap };

    private static Refusal? WhyNot(ApiKey key, DateTimeOffset now) =>
        key.ReplacedBy is { } newer ? new Refusal(RefusalKind.Conflict, "api_key_rotated", $"This key was rotated already: {newer} is in its place. Rotate that one, or revoke this one.")
        : key.StatusAt(now) != ApiKeyStatus.Active ? new Refusal(RefusalKind.Conflict, "api_key_ended", "This key has ended; there is nothing to rotate. Make a new one.")
        : null;

    private RotateApiKeyRequest Read(BodyReader body) => new(body.OptionalInt32("overlap_seconds", 0, MaxOverlapSeconds), body.FutureTime("expires_at", time.GetUtcNow()));
}
