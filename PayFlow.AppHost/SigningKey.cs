using System.Security.Cryptography;
using Aspire.Hosting.Publishing;

/// <summary>A private key on P-256 (PKCS #8 in base64), as the ledger signs its heads with.</summary>
internal sealed class SigningKey : ParameterDefault
{
    public override string GetDefaultValue()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }

    public override void WriteToManifest(ManifestPublishingContext context) =>
        throw new NotSupportedException("A published system brings its own key: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256.");
}
