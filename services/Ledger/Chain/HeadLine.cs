using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using PayFlow.ServiceDefaults.Json;

namespace PayFlow.Ledger.Chain;

/// <summary>A signed head as a line of JSON; in proofs it looks the same.</summary>
/// <param name="BlockHash">Hexadecimal.</param>
/// <param name="SignedAt">RFC 3339, UTC, with six decimals.</param>
/// <param name="Signature">Base64 of DER.</param>
public sealed record HeadLine(int Shard, long Block, string BlockHash, long Transfers, string SignedAt, string KeyId, string Signature)
{
    private const string Microseconds = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public static HeadLine Of(SignedHead signed) => new(
        signed.Head.Shard, signed.Head.Block, Convert.ToHexStringLower(signed.Head.BlockHash), signed.Head.Transfers, Write(signed.Head.SignedAt), signed.KeyId,
        Convert.ToBase64String(signed.Signature));

    /// <summary>A time as heads and proofs write it: what is hashed has microseconds, so they must not be lost.</summary>
    public static string Write(DateTimeOffset time) => time.UtcDateTime.ToString(Microseconds, CultureInfo.InvariantCulture);

    internal static string Format(SignedHead signed) => JsonSerializer.Serialize(Of(signed), ApiJson.Options);

    /// <summary>Reads a line.</summary>
    /// <returns>False when it is none: the writer died in the middle of it.</returns>
    internal static bool TryParse(string text, [NotNullWhen(true)] out SignedHead? signed)
    {
        signed = null;
        try
        {
            if (JsonSerializer.Deserialize<HeadLine>(text, ApiJson.Options) is not { BlockHash.Length: 2 * Leaf.Size, SignedAt: not null, KeyId: not null, Signature: not null } line)
            {
                return false;
            }

            var at = DateTimeOffset.ParseExact(line.SignedAt, Microseconds, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
            signed = new SignedHead(
                new Head(line.Shard, line.Block, Convert.FromHexString(line.BlockHash), line.Transfers, at), line.KeyId, Convert.FromBase64String(line.Signature));
            return true;
        }
        catch (Exception failure) when (failure is JsonException or FormatException)
        {
            return false;
        }
    }
}
