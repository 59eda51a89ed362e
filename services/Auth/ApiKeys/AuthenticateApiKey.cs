using PayFlow.Storage;

namespace PayFlow.Auth.ApiKeys;

/// <summary>Finds out whom a key belongs to, by its hash.</summary>
public sealed class AuthenticateApiKey(Shards shards, TimeProvider time)
{
    private static readonly Refusal Unknown = new(RefusalKind.Unauthenticated, "invalid_api_key", "This API key is unknown, revoked or expired.");

    /// <param name="hash">SHA-256 of the key as the client sent it.</param>
    public async Task<Result<KeyIdentity>> HandleAsync(byte[] hash, CancellationToken ct)
    {
        if (hash.Length != 32)
        {
            return Unknown;
        }

        // A hash says nothing of the shard. The gateway keeps the answer, so this is not asked per request.
        foreach (var shard in shards.All)
        {
            if (await ApiKeySql.FindIdentityAsync(shard.Source, hash, time.GetUtcNow(), ct) is { } identity)
            {
                return identity;
            }
        }

        return Unknown;
    }
}
