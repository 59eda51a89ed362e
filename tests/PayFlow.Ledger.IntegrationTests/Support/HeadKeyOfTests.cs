using System.Security.Cryptography;

namespace PayFlow.Ledger.IntegrationTests.Support;

/// <summary>The key that the ledgers of tests sign with: one for a test run.</summary>
internal static class HeadKeyOfTests
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>PKCS #8 in base64, as the configuration takes it.</summary>
    public static string Private { get; } = Convert.ToBase64String(Key.ExportPkcs8PrivateKey());

    /// <summary>PEM, as a merchant keeps it.</summary>
    public static string Public { get; } = Key.ExportSubjectPublicKeyInfoPem();
}
