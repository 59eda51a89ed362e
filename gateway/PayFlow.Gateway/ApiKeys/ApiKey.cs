using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PayFlow.Gateway.ApiKeys;

/// <summary>The SHA-256 of an API key. The gateway keeps and sends no more of it than this.</summary>
internal readonly record struct ApiKeyHash(UInt128 High, UInt128 Low)
{
    public const string OfMerchants = "sk_";
    public const string OfAdministrators = "ak_";

    private const int MaxLength = 128;

    /// <summary>Takes the key, which begins with <paramref name="prefix"/>, out of <c>Authorization: Bearer …</c>. False for anything that can't be a key; then nobody is asked.</summary>
    public static bool TryRead(string? authorization, string prefix, out ApiKeyHash hash)
    {
        const string scheme = "Bearer ";
        hash = default;
        if (authorization is null || !authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var key = authorization.AsSpan(scheme.Length).Trim();
        if (key.Length > MaxLength || !key.StartsWith(prefix, StringComparison.Ordinal) || key.ContainsAnyExcept(KeyCharacters))
        {
            return false;
        }

        Span<byte> ascii = stackalloc byte[MaxLength];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(ascii[..Encoding.ASCII.GetBytes(key, ascii)], digest);
        hash = From(digest);
        return true;
    }

    /// <summary>A hash as Auth spells it.</summary>
    public static ApiKeyHash From(ReadOnlySpan<byte> digest) => new(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));

    public byte[] ToBytes()
    {
        var bytes = new byte[SHA256.HashSizeInBytes];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), Low);
        return bytes;
    }

    private static System.Buffers.SearchValues<char> KeyCharacters { get; } =
        System.Buffers.SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_");
}
