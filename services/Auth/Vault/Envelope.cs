using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Idempotency;

namespace PayFlow.Auth.Vault;

/// <summary>
/// Seals values with AES-256-GCM: each token has a data key of its own, which is sealed with the key-encrypting key. A sealed value is nonce, ciphertext and
/// tag, and only opens for the token and the field that it was sealed for.
/// </summary>
public sealed class Envelope
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int KeyBytes = 32;

    private readonly Dictionary<string, byte[]> keys;
    private readonly string current;
    private readonly byte[] fingerprintKey;
    private readonly byte[] requestKey;

    public Envelope(IOptions<VaultOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var vault = options.Value;
        current = vault.KeyId;
        keys = vault.RetiredKeys.ToDictionary(key => key.Key, key => Convert.FromBase64String(key.Value));
        keys[current] = Convert.FromBase64String(vault.KeyEncryptionKey);
        fingerprintKey = vault.FingerprintKey is { } own
            ? Convert.FromBase64String(own)
            : HKDF.DeriveKey(HashAlgorithmName.SHA256, keys[current], KeyBytes, info: "payflow card fingerprint"u8.ToArray());
        requestKey = HKDF.DeriveKey(HashAlgorithmName.SHA256, fingerprintKey, KeyBytes, info: "payflow request fingerprint"u8.ToArray());
    }

    /// <summary>The name of the key that seals new data keys.</summary>
    public string CurrentKey => current;

    /// <summary>The names of all keys that are configured.</summary>
    public IReadOnlyCollection<string> KnownKeys => keys.Keys;

    /// <summary>Seals a data key with the current key that another one has sealed.</summary>
    /// <exception cref="CryptographicException">It was not sealed with that key for this owner.</exception>
    /// <exception cref="InvalidOperationException">That key is not configured.</exception>
    public byte[] Rewrap(Id owner, string keyId, byte[] sealedKey)
    {
        var plain = OpenDataKey(owner, keyId, sealedKey).Plain;
        var rewrapped = Seal(keys[current], plain, owner, "key");
        CryptographicOperations.ZeroMemory(plain);
        return rewrapped;
    }

    /// <summary>A new data key, sealed, for what is then sealed with it.</summary>
    public DataKey NewDataKey(Id token)
    {
        var key = RandomNumberGenerator.GetBytes(KeyBytes);
        return new DataKey(current, Seal(keys[current], key, token, "key"), key);
    }

    /// <summary>Opens a data key that the database had.</summary>
    /// <exception cref="CryptographicException">It was not sealed by us for this token.</exception>
    /// <exception cref="InvalidOperationException">The key-encrypting key that sealed it is not configured.</exception>
    public DataKey OpenDataKey(Id token, string keyId, byte[] sealedKey) => keys.TryGetValue(keyId, out var kek)
        ? new DataKey(keyId, sealedKey, Open(kek, sealedKey, token, "key"))
        : throw new InvalidOperationException($"Token {token} is sealed with key '{keyId}', which is not configured.");

    public static byte[] Seal(DataKey key, string value, Id token, string field) => Seal(key.Plain, Encoding.ASCII.GetBytes(value), token, field);

    /// <exception cref="CryptographicException">It was not sealed with this key for this token and field.</exception>
    public static string Open(DataKey key, byte[] value, Id token, string field) => Encoding.ASCII.GetString(Open(key.Plain, value, token, field));

    /// <summary>The same for the same card in the same mode, and of no use to find the number.</summary>
    public string Fingerprint(Mode mode, string number) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(fingerprintKey, Encoding.ASCII.GetBytes($"{mode}:{number}")).AsSpan(0, 16));

    /// <summary>Tells two requests with card data apart (see <see cref="Idempotency.Fingerprint"/>). Keyed, because a plain hash of a card number is as good as the number.</summary>
    public byte[] Fingerprint(KeyKind kind, string request) => HMACSHA256.HashData(requestKey, Encoding.UTF8.GetBytes($"{kind.Name()}\n{request}"));

    private static byte[] Seal(byte[] key, byte[] value, Id token, string field)
    {
        var sealedValue = new byte[NonceBytes + value.Length + TagBytes];
        var nonce = sealedValue.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, value, sealedValue.AsSpan(NonceBytes, value.Length), sealedValue.AsSpan(NonceBytes + value.Length), Bound(token, field));
        return sealedValue;
    }

    private static byte[] Open(byte[] key, byte[] sealedValue, Id token, string field)
    {
        if (sealedValue.Length < NonceBytes + TagBytes)
        {
            throw new CryptographicException("A sealed value is too short.");
        }

        var value = new byte[sealedValue.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        aes.Decrypt(sealedValue.AsSpan(0, NonceBytes), sealedValue.AsSpan(NonceBytes, value.Length), sealedValue.AsSpan(NonceBytes + value.Length), value, Bound(token, field));
        return value;
    }

    private static byte[] Bound(Id token, string field) => Encoding.ASCII.GetBytes($"{token}:{field}");
}

/// <summary>The key of one token. A class rather than a record: it must not print itself.</summary>
public sealed class DataKey(string kekId, byte[] sealedKey, byte[] plain)
{
    public string KekId { get; } = kekId;

    public byte[] Sealed { get; } = sealedKey;

    internal byte[] Plain { get; } = plain;
}
