using System.Security.Cryptography;
using Aspire.Hosting.Publishing;

/// <summary>A key of 32 random bytes in base64, as AES-256 wants it.</summary>
internal sealed class EncryptionKey : ParameterDefault
{
    public override string GetDefaultValue() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    public override void WriteToManifest(ManifestPublishingContext context) =>
        throw new NotSupportedException("A published system brings its own vault key: openssl rand -base64 32.");
}
