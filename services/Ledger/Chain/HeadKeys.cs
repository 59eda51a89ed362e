using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace PayFlow.Ledger.Chain;

/// <summary>Signs heads (ECDSA on P-256 with SHA-256, signatures in DER), and tells whether a head was signed by one of our keys.</summary>
internal sealed class HeadKeys
{
    private readonly string _signingKey;
    private readonly Dictionary<string, HeadKey> _byId;

    public HeadKeys(IOptions<ChainOptions> options)
    {
        _signingKey = options.Value.ReadSigningKey();
        using var current = HeadKey.Private(_signingKey);
        Current = HeadKey.Of(current);
        All = [Current, .. options.Value.RetiredKeys.Select(OfPublic).Where(key => key.Id != Current.Id)];
        _byId = All.DistinctBy(key => key.Id).ToDictionary(key => key.Id);
    }

    /// <summary>The key that signs now.</summary>
    public HeadKey Current { get; }

    /// <summary>Every key whose signatures count, the present one first.</summary>
    public IReadOnlyList<HeadKey> All { get; }

    public SignedHead Sign(Head head)
    {
        using var key = HeadKey.Private(_signingKey);
        return new SignedHead(head, Current.Id, key.SignData(head.Bytes(), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    public bool IsSigned(SignedHead signed)
    {
        if (!_byId.TryGetValue(signed.KeyId, out var known))
        {
            return false;
        }

        using var key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(known.Der, out _);
        return key.VerifyData(signed.Head.Bytes(), signed.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
    }

    private static HeadKey OfPublic(string text)
    {
        using var key = HeadKey.Public(text);
        return HeadKey.Of(key);
    }
}
