using System.ComponentModel.DataAnnotations;

namespace PayFlow.Auth.Vault;

/// <summary>The vault's keys (section <c>Auth:Vault</c>). They come from the environment or a key store, never from the repository.</summary>
public sealed class VaultOptions : IValidatableObject
{
    /// <summary>Base64 of 32 bytes: seals the data key of each token (AES-256-GCM).</summary>
    [Required]
    public string KeyEncryptionKey { get; set; } = "";

    /// <summary>The key's name, stored with what it sealed.</summary>
    [Required, StringLength(64, MinimumLength = 1)]
    public string KeyId { get; set; } = "kek-1";

    /// <summary>The day (UTC) from which the current key is in use: its age is told by it. Left out, nobody is reminded.</summary>
    public DateOnly? KeyCreatedOn { get; set; }

    /// <summary>How old the current key may get.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan RotateAfter { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How often is looked for data keys that a retired key has sealed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Data keys that are sealed anew in one transaction.</summary>
    [Range(1, 10_000)]
    public int RotationBatch { get; set; } = 500;

    /// <summary>The pause between two batches: payments come first.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan RotationPause { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>When the current key is to be replaced; null when its date isn't known.</summary>
    public DateTimeOffset? DueAt => KeyCreatedOn is { } created ? StartOf(created) + RotateAfter : null;

    /// <summary>Keys by name that new tokens don't get any more and old ones still need: base64 of 32 bytes each.</summary>
    public Dictionary<string, string> RetiredKeys { get; } = [];

    /// <summary>
    /// Base64 of 32 bytes: makes fingerprints (HMAC-SHA256), so it stays when the other keys change. Left out, it is derived from
    /// <see cref="KeyEncryptionKey"/> (HKDF), which is fine until that key is first rotated.
    /// </summary>
    public string? FingerprintKey { get; set; }

    /// <summary>How long a card's security code is kept, sealed, when no attempt uses it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan CvcLifetime { get; set; } = TimeSpan.FromMinutes(15);

    internal static DateTimeOffset StartOf(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LosesFingerprints)
        {
            yield return new ValidationResult(
                "Auth:Vault: FingerprintKey must be set when there is more than one key: derived from a new key, fingerprints of cards would change. Auth's README says how to print the one in use.",
                [nameof(FingerprintKey)]);
        }

        foreach (var (name, value) in RetiredKeys.Append(new(nameof(KeyEncryptionKey), KeyEncryptionKey)).Append(new(nameof(FingerprintKey), FingerprintKey ?? KeyEncryptionKey)))
        {
            if (!IsKey(value))
            {
                yield return new ValidationResult($"Auth:Vault: {name} must be 32 bytes in base64, such as `openssl rand -base64 32` makes.", [name]);
            }
        }
    }

    private bool LosesFingerprints => RetiredKeys.Count > 0 && FingerprintKey is null;

    private static bool IsKey(string value)
    {
        Span<byte> bytes = stackalloc byte[48];
        return Convert.TryFromBase64String(value, bytes, out var length) && length == 32;
    }
}
