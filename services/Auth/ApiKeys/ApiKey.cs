using System.Security.Cryptography;
using System.Text;

namespace PayFlow.Auth.ApiKeys;

/// <summary>A merchant's key as it is kept: its hash, and enough to recognize it by.</summary>
public sealed record ApiKey(Id Id, Id MerchantId, Mode Mode, byte[] Hash, string Prefix, string Last4, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt)
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyz";
    private const int SecretLength = 32;

    /// <summary>What the merchant calls it.</summary>
    public string? Name { get; init; }

    /// <summary>From then on it is refused.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The key that was made in its place.</summary>
    public Id? ReplacedBy { get; init; }

    /// <summary>To the minute or two.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>A new secret: 32 characters of 54, so 184 bits. It is shown once and kept nowhere.</summary>
    public static string NewSecret(Mode mode) => $"{PrefixOf(mode)}{RandomNumberGenerator.GetString(Alphabet, SecretLength)}";

    /// <summary>What is kept of a secret. A plain hash is enough: the secret has too many bits to be guessed.</summary>
    public static ApiKey Of(string secret, Id merchantId, Mode mode, IReadOnlyList<string> scopes, DateTimeOffset now) =>
        new(Id.New(IdPrefix.ApiKey, merchantId.Slot, now), merchantId, mode, HashOf(secret), PrefixOf(mode), secret[^4..], scopes, now);

    public static byte[] HashOf(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    public ApiKeyStatus StatusAt(DateTimeOffset now) =>
        RevokedAt is not null ? ApiKeyStatus.Revoked : ExpiresAt <= now ? ApiKeyStatus.Expired : ApiKeyStatus.Active;

    private static string PrefixOf(Mode mode) => mode == Mode.Live ? "sk_live_" : "sk_test_";
}

public enum ApiKeyStatus
{
    Active,

    /// <summary>Its time is over: one was set, or it was rotated.</summary>
    Expired,

    Revoked,
}

/// <summary>Whom a key belongs to.</summary>
public sealed record KeyIdentity(Id MerchantId, Id KeyId, Mode Mode, IReadOnlyList<string> Scopes, int RateLimit, DateTimeOffset? ExpiresAt);
