using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;

namespace PayFlow.Ledger.Chain;

/// <summary>The hash chain and its signed heads (section <c>Ledger:Chain</c>). The key comes from the environment or a key store, never from the repository, and never to Postgres.</summary>
public sealed class ChainOptions : IValidatableObject
{
    /// <summary>
    /// The private key that signs heads, ECDSA on P-256: PKCS #8 as PEM or in base64, such as <c>openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256</c> makes.
    /// </summary>
    public string? SigningKey { get; set; }

    /// <summary>A file that has the key, instead of <see cref="SigningKey"/>.</summary>
    public string? SigningKeyFile { get; set; }

    /// <summary>Public keys that have signed before the present one: PEM or base64 (SubjectPublicKeyInfo). Heads that they signed stay good.</summary>
    public List<string> RetiredKeys { get; } = [];

    /// <summary>
    /// Where signed heads are appended. It belongs where whoever administers Postgres can't write: a mount of another machine, or of an object store with a retention lock.
    /// </summary>
    [Required]
    public string HeadsDirectory { get; set; } = "";

    /// <summary>How often the head of a chain that has grown is signed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00")]
    public TimeSpan HeadInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>After so many blocks a head is signed sooner: a proof has no more of them than this.</summary>
    [Range(1, 10_000)]
    public int HeadBlocks { get; set; } = 1_000;

    /// <summary>Transfers that the verification reads at once.</summary>
    [Range(1, 1_000_000)]
    public int VerifyPage { get; set; } = 20_000;

    /// <summary>Seconds that one statement of the verification may take.</summary>
    [Range(1, 600)]
    public int VerifySeconds { get; set; } = 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrEmpty(SigningKey) == string.IsNullOrEmpty(SigningKeyFile))
        {
            yield return new ValidationResult("Ledger:Chain: either SigningKey or SigningKeyFile must be set.", [nameof(SigningKey)]);
            yield break;
        }

        if (SigningKeyFile is { Length: > 0 } path && !File.Exists(path))
        {
            yield return new ValidationResult($"Ledger:Chain: SigningKeyFile '{path}' isn't there.", [nameof(SigningKeyFile)]);
            yield break;
        }

        if (!IsKey(() => HeadKey.Private(ReadSigningKey())))
        {
            yield return new ValidationResult("Ledger:Chain: the signing key must be a private key on P-256 in PKCS #8, such as `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` makes.", [nameof(SigningKey)]);
        }

        for (var i = 0; i < RetiredKeys.Count; i++)
        {
            if (!IsKey(() => HeadKey.Public(RetiredKeys[i])))
            {
                yield return new ValidationResult($"Ledger:Chain: RetiredKeys:{i} must be a public key on P-256, such as `openssl pkey -pubout` makes.", [nameof(RetiredKeys)]);
            }
        }
    }

    internal string ReadSigningKey() => string.IsNullOrEmpty(SigningKey) ? File.ReadAllText(SigningKeyFile!) : SigningKey;

    private static bool IsKey(Func<ECDsa> read)
    {
        try
        {
            using var key = read();
            return true;
        }
        catch (Exception failure) when (failure is CryptographicException or FormatException or ArgumentException)
        {
            return false;
        }
    }
}
