using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Auth.Idempotency;

/// <summary>
/// Tells two requests apart. It is made of what was understood rather than of the bytes, so the order of fields and white space don't matter, and a field
/// that is left out is the same as null.
/// </summary>
public static class Fingerprint
{
    /// <param name="target">What the request is about besides its body: the payment of a capture.</param>
    /// <param name="request">A record with its fields in a fixed order.</param>
    public static byte[] Of<T>(KeyKind kind, Id? target, T request) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{kind}\n{target}\n{JsonSerializer.Serialize(request, ApiJson.Options)}"));

    public static bool Same(byte[] one, byte[] other) => one.AsSpan().SequenceEqual(other);
}
