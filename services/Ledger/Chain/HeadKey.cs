using System.Security.Cryptography;

namespace PayFlow.Ledger.Chain;

/// <summary>A public key of heads.</summary>
/// <param name="Id">The first 8 bytes of the SHA-256 of the key (SubjectPublicKeyInfo, DER), in hexadecimal: who has the key knows its id.</param>
/// <param name="Der">SubjectPublicKeyInfo, DER.</param>
public sealed record HeadKey(string Id, byte[] Der)
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private const int BytesOfId = 8;

    /// <summary>The key as <c>openssl</c> takes it.</summary>
    public string Pem => PemEncoding.WriteString("PUBLIC KEY", Der);

    internal static HeadKey Of(ECDsa key)
    {
        var der = key.ExportSubjectPublicKeyInfo();
        return new HeadKey(Convert.ToHexStringLower(SHA256.HashData(der).AsSpan(0, BytesOfId)), der);
    }

    /// <summary>Reads a private key, PEM or base64 of PKCS #8.</summary>
    /// <exception cref="CryptographicException">It is none on P-256.</exception>
    /// <exception cref="FormatException">It isn't base64.</exception>
    internal static ECDsa Private(string text) => Read(text, static (key, der) => key.ImportPkcs8PrivateKey(der, out _));

    /// <summary>Reads a public key, PEM or base64 of SubjectPublicKeyInfo.</summary>
    /// <exception cref="CryptographicException">It is none on P-256.</exception>
    /// <exception cref="FormatException">It isn't base64.</exception>
    internal static ECDsa Public(string text) => Read(text, static (key, der) => key.ImportSubjectPublicKeyInfo(der, out _));

    private static ECDsa Read(string text, Action<ECDsa, byte[]> import)
    {
        var key = ECDsa.Create();
        try
        {
            if (PemEncoding.TryFind(text, out _))
            {
                key.ImportFromPem(text);
            }
            else
            {
                import(key, Convert.FromBase64String(text));
            }

            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256 ? key : throw new CryptographicException("The key isn't on P-256.");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}
