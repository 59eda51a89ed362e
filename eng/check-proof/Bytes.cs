using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace PayFlow.CheckProof;

/// <summary>Bytes in the order of docs/ledger-proof.md: numbers big endian, texts with their length, what may be missing with a byte 0 or 1 before it.</summary>
internal sealed class Bytes
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    private readonly List<byte> _bytes = [];

    public Bytes Byte(int value)
    {
        _bytes.Add(checked((byte)value));
        return this;
    }

    public Bytes Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public Bytes Int64(long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        _bytes.AddRange(bytes);
        return this;
    }

    public Bytes Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Int32(bytes.Length).Raw(bytes);
    }

    /// <summary>32 bytes in hexadecimal.</summary>
    public Bytes Hash(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        return bytes.Length == SHA256.HashSizeInBytes ? Raw(bytes) : throw new FormatException($"'{hex}' is not a hash of 32 bytes.");
    }

    /// <summary>Microseconds since 1970 UTC.</summary>
    public Bytes Time(string text)
    {
        var time = DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        return Int64((time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>The UUID in an id like <c>tr_01jz…</c>: what follows the underscore is a number in Crockford's base 32.</summary>
    public Bytes Id(string id)
    {
        UInt128 number = 0;
        var digits = id[(id.LastIndexOf('_') + 1)..];
        foreach (var digit in digits.Select(c => Alphabet.IndexOf(c, StringComparison.Ordinal)))
        {
            number = digits.Length == 26 && digit >= 0 ? (number << 5) | (uint)digit : throw new FormatException($"'{id}' is not an id.");
        }

        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return Raw(bytes);
    }

    /// <param name="write">How this writes the value if there is one.</param>
    public Bytes Optional(string? value, Func<string, Bytes> write)
    {
        Byte(value is null ? 0 : 1);
        return value is null ? this : write(value);
    }

    public byte[] ToArray() => [.. _bytes];

    public byte[] Hashed() => SHA256.HashData(ToArray());

    private Bytes Raw(byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
