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

    private const int MaxLength = 4096;

    // Clocks of two machines may differ by this much.
    private static readonly TimeSpan Skew = TimeSpan.FromSeconds(5);

    private readonly byte[] _key = Encoding.UTF8.GetBytes(options.Value.Key);

    /// <summary>Vouches for a caller, for <see cref="InternalIdentityOptions.Lifetime"/>.</summary>
    public string Sign(Caller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var claims = new Claims(
            caller.MerchantId.ToString(), caller.Mode, caller.Slot.Number, caller.KeyId, caller.Scopes, (time.GetUtcNow() + options.Value.Lifetime).ToUnixTimeMilliseconds());
        var payload = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims, ClaimsJson.Default.Claims));
        return $"{payload}.{Base64Url.EncodeToString(Signature(payload))}";
    }

    /// <summary>The caller that an identity vouches for. False for anything forged, altered, expired or malformed.</summary>
    public bool TryVerify(string? identity, [NotNullWhen(true)] out Caller? caller)
    {
        caller = null;
        if (identity is not { Length: > 0 and <= MaxLength } || identity.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot))
        {
            return false;
        }

        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        if (Base64Url.DecodeFromChars(identity.AsSpan(dot + 1), given, out _, out var length) != OperationStatus.Done   // unlike its siblings it doesn't throw
            || length != given.Length
            || !CryptographicOperations.FixedTimeEquals(given, Signature(identity[..dot])))
        {
            return false;
        }

        // Signed by us: from here on a wrong form is our own bug, and still no reason to let anybody in.
        var claims = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(identity.AsSpan(0, dot)), ClaimsJson.Default.Claims);
        if (claims is null
            || time.GetUtcNow() - Skew >= DateTimeOffset.FromUnixTimeMilliseconds(claims.ExpiresAt)
            || !Id.TryParse(IdPrefix.Merchant, claims.MerchantId, out var merchant))
        {
            return false;
        }

        caller = new Caller(merchant, claims.Mode, new Slot(claims.Slot), claims.KeyId, claims.Scopes);
        return true;
    }

    private byte[] Signature(string payload) => HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(payload));
}

/// <summary>What is signed. Times are Unix milliseconds.</summary>
internal sealed record Claims(string MerchantId, Mode Mode, int Slot, string KeyId, IReadOnlyList<string> Scopes, long ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Claims))]
internal sealed partial class ClaimsJson : JsonSerializerContext;
