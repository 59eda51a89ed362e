using System.Security.Cryptography;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.Webhooks;

/// <summary>Makes, seals and opens the secrets that deliveries are signed with: <c>whsec_</c> and base64 of 32 bytes.</summary>
public sealed class SecretBox(Envelope envelope)
{
    private const string Prefix = "whsec_";
    private const string Field = "webhook_secret";
    private const int Bytes = 32;

    /// <summary>The secrets of a new endpoint, and the one in clear, to be shown once.</summary>
    public (EndpointSecrets Sealed, string Secret) New(Id endpoint)
    {
        var key = envelope.NewDataKey(endpoint);
        var secret = NewSecret();
        return (new EndpointSecrets(key.KekId, key.Sealed, Envelope.Seal(key, secret, endpoint, Field), null, null), secret);
    }

    /// <summary>A new secret; the old one signs beside it until it expires, and the one before that no more.</summary>
    public (EndpointSecrets Sealed, string Secret) Rotate(Id endpoint, EndpointSecrets secrets, DateTimeOffset previousExpiresAt)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var secret = NewSecret();
        var current = Envelope.Seal(envelope.OpenDataKey(endpoint, secrets.KekId, secrets.DataKey), secret, endpoint, Field);
        return (secrets with { Current = current, Previous = secrets.Current, PreviousExpiresAt = previousExpiresAt }, secret);
    }

    /// <summary>The keys that sign at a time, the newest first.</summary>
    public IReadOnlyList<byte[]> Keys(Id endpoint, EndpointSecrets secrets, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        var key = envelope.OpenDataKey(endpoint, secrets.KekId, secrets.DataKey);
        var current = Open(key, secrets.Current, endpoint);
        return secrets.Previous is { } previous && secrets.PreviousExpiresAt > now ? [current, Open(key, previous, endpoint)] : [current];
    }

    private static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(Bytes));

    private static byte[] Open(DataKey key, byte[] secret, Id endpoint) => Convert.FromBase64String(Envelope.Open(key, secret, endpoint, Field)[Prefix.Length..]);
}
