using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;

namespace PayFlow.ServiceDefaults.Identity;

/// <summary>
/// What the gateway tells services about who asks: base64url(JSON) + "." + base64url(HMAC-SHA256). A service believes nobody else, so reaching
/// its port is not enough to act for a merchant.
/// </summary>
public sealed class InternalIdentity(IOptions<InternalIdentityOptions> options, TimeProvider time)
{
    public const string Header = "X-PayFlow-Identity";

    /// <summary>Carries an administrator's identity.</summary>
    public const string AdministratorHeader = "X-PayFlow-Administrator";

    private const int MaxLength = 4096;
    private const string Merchants = "";
    private const string Administrators = "administrator.";

    // Clocks of two machines may differ by this much.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    private readonly byte[] _key = Encoding.UTF8.GetBytes(options.Value.Key);

    /// <summary>Vouches for a caller, for <see cref="InternalIdentityOptions.Lifetime"/>.</summary>
    public string Sign(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var claims = new Claims(caller.MerchantId.ToString(), caller.Mode, caller.Slot.Number, caller.KeyId, caller.Scopes, ExpiresAt);
        return Sign(Merchants, JsonSerializer.SerializeToUtf8Bytes(claims, ClaimsJson.Default.Claims));
    }

    /// <summary>Vouches for an administrator, as long.</summary>
    public string Sign(Administrator administrator)
    {
        ArgumentNullException.ThrowIfNull(administrator);
        return Sign(Administrators, JsonSerializer.SerializeToUtf8Bytes(new AdministratorClaims(administrator.Name, ExpiresAt), ClaimsJson.Default.AdministratorClaims));
    }

    /// <summary>The caller that an identity vouches for. False for anything forged, altered, expired or malformed.</summary>
    public bool TryVerify(string? identity, [NotNullWhen(true)] out Caller? caller)
    {
        caller = null;
        if (!TryOpen(Merchants, identity, out var payload))
        {
            return false;
        }

        // Signed by us: from here on a wrong form is our own bug, and still no reason to let anybody in.
        var claims = JsonSerializer.Deserialize(payload, ClaimsJson.Default.Claims);
        if (claims is null || IsOver(claims.ExpiresAt) || !Id.TryParse(IdPrefix.Merchant, claims.MerchantId, out var merchant))
        {
            return false;
        }

        caller = new Caller(merchant, claims.Mode, new Slot(claims.Slot), claims.KeyId, claims.Scopes);
        return true;
    }

    /// <summary>The administrator that an identity vouches for; a merchant's identity is none.</summary>
    public bool TryVerifyAdministrator(string? identity, [NotNullWhen(true)] out Administrator? administrator)
    {
        var claims = TryOpen(Administrators, identity, out var payload) ? JsonSerializer.Deserialize(payload, ClaimsJson.Default.AdministratorClaims) : null;
        administrator = claims is not null && !IsOver(claims.ExpiresAt) ? new Administrator(claims.Name) : null;
        return administrator is not null;
    }

    private long ExpiresAt => (time.GetUtcNow() + options.Value.Lifetime).ToUnixTimeMilliseconds();

    private bool IsOver(long expiresAt) => time.GetUtcNow() - Skew >= DateTimeOffset.FromUnixTimeMilliseconds(expiresAt);

    private string Sign(string kind, byte[] claims)
    {
        var payload = Base64Url.EncodeToString(claims);
        return $"{payload}.{Base64Url.EncodeToString(Signature(kind, payload))}";
    }

    private bool TryOpen(string kind, string? identity, [NotNullWhen(true)] out byte[]? claims)
    {
        claims = null;
        if (identity is not { Length: > 0 and <= MaxLength } || identity.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot))
        {
            return false;
        }

        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        if (Base64Url.DecodeFromChars(identity.AsSpan(dot + 1), given, out _, out var length) != OperationStatus.Done   // unlike its siblings it doesn't throw
            || length != given.Length
            || !CryptographicOperations.FixedTimeEquals(given, Signature(kind, identity[..dot])))
        {
            return false;
        }

        claims = Base64Url.DecodeFromChars(identity.AsSpan(0, dot));
        return true;
    }

    // The kind is signed with it: what vouches for a merchant never vouches for an administrator. No payload has a point in it, so no two say the same.
    private byte[] Signature(string kind, string payload) => HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{kind}{payload}"));
}

/// <summary>What is signed. Times are Unix milliseconds.</summary>
internal sealed record Claims(string MerchantId, Mode Mode, int Slot, string KeyId, IReadOnlyList<string> Scopes, long ExpiresAt);

/// <inheritdoc cref="Claims"/>
internal sealed record AdministratorClaims(string Name, long ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Claims))]
[JsonSerializable(typeof(AdministratorClaims))]
internal sealed partial class ClaimsJson : JsonSerializerContext;
