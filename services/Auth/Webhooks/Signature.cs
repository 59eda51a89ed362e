using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PayFlow.Auth.Webhooks;

/// <summary>Signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 of id, time and body, separated by full stops.</summary>
internal static class Signature
{
    /// <summary>The header <c>webhook-signature</c>: one signature per key, separated by spaces.</summary>
    /// <param name="timestamp">Unix seconds: the header <c>webhook-timestamp</c>.</param>
    public static string Of(IReadOnlyList<byte[]> keys, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        byte[] signed = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")), .. body];
        return string.Join(' ', keys.Select(key => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}"));
    }
}
