using Microsoft.Extensions.Options;
using PayFlow.Auth.Audits;
using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Merchants;
using PayFlow.ServiceDefaults.Identity;
using PayFlow.ServiceDefaults.Problems;
using PayFlow.ServiceDefaults.Requests;
using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>The body of <c>POST /v1/api-keys</c>.</summary>
/// <param name="Mode">An administrator says it; a merchant makes keys of the mode of the key that asks.</param>
/// <param name="Scopes">Left out: all that the asker may give.</param>
public sealed record CreateApiKeyRequest(string? Name, Mode? Mode, IReadOnlyList<string>? Scopes, DateTimeOffset? ExpiresAt);

/// <summary>Makes a key of a merchant.</summary>
public sealed class CreateApiKey(SimpleRequests requests, IOptions<MerchantOptions> options, TimeProvider time)
{
    public async Task<IResult> HandleAsync(KeyAsker asker, HttpRequest request, CancellationToken ct)
    {
        var read = await RequestBody.ReadAsync(request, body => (Key: IdempotencyKey.ReadOptional(request, body), Asked: Read(body, asker)), ct);
        if (!read.TryGet(out var body, out var invalid))
        {
            return Problem.From(invalid);
        }

        var asked = body.Asked;
        var scopes = asked.Scopes ?? asker.MayGrant;
        if (asker.WhyNot(scopes) is { } beyond)
        {
            return Problem.From(beyond);
        }

        var now = time.GetUtcNow();
        var mode = asker.Mode ?? asked.Mode!.Value;
        var secret = ApiKey.NewSecret(mode);
        var key = ApiKey.Of(secret, asker.MerchantId, mode, [.. scopes.Order(StringComparer.Ordinal)], now) with { Name = asked.Name, ExpiresAt = asked.ExpiresAt };
        var once = new SimpleRequest(asker.MerchantId, asker.KeyMode, body.Key, Fingerprint.Of(KeyKind.CreateApiKey, asker.MerchantId, asked), KeyKind.CreateApiKey, key.Id);
        return await requests.CarryOutAsync(once, (transaction, cancel) => WriteAsync(transaction, asker, key, secret, now, cancel), ct);
    }

    private async Task<Result<SimpleAnswer>> WriteAsync(ShardTransaction transaction, KeyAsker asker, ApiKey key, string secret, DateTimeOffset now, CancellationToken ct)
    {
        if (await ApiKeySql.CountForChangeAsync(transaction, asker.MerchantId, key.Mode, now, ct) >= options.Value.MaxKeys)
        {
            return new Refusal(RefusalKind.Conflict, "too_many_api_keys", $"There are {options.Value.MaxKeys} keys already. Revoke one that nobody uses; nothing was done.");
        }

        await ApiKeySql.InsertAsync(transaction, key, ct);
        var view = ApiKeyView.Of(key, now);
        await Audit.WriteAsync(transaction, new AuditLine(now, asker.Actor, "api_key.created", asker.MerchantId, key.Id, Before: null, view), ct);
        return new SimpleAnswer(StatusCodes.Status201Created, view with { Secret = secret }) { Kept = view };
    }

    private CreateApiKeyRequest Read(BodyReader body, KeyAsker asker)
    {
        var mode = asker.Mode is null ? body.Enum<Mode>("mode") : body.OptionalEnum<Mode>("mode");
        if (asker.Mode is { } own && mode is { } other && other != own)
        {
            body.Error("mode", "wrong_mode", $"mode must be {(own == Mode.Live ? "live" : "test")}, or left out: a key makes keys of its own mode only.");
        }

        var scopes = body.OptionalStrings("scopes", max: Scopes.All.Count, min: 1);
        if (scopes?.Except(Scopes.All).Any() == true)
        {
            body.Error("scopes", "unknown_value", $"scopes must be among: {string.Join(", ", Scopes.All)}.");
        }
        else if (scopes?.Distinct().Count() < scopes?.Count)
        {
            body.Error("scopes", "contradiction", "scopes must name each scope once.");
        }

        return new CreateApiKeyRequest(body.OptionalString("name", max: 100), mode, scopes, body.FutureTime("expires_at", time.GetUtcNow()));
    }
}
