using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PayFlow.Kernel;

/// <summary>
/// A prefixed id: <c>pay_01jz3k…</c>, spelled like a TypeID (prefix, underscore, 26 characters of Crockford's base 32 in lower case). The value is a
/// UUIDv7 (RFC 9562), so ids sort by time; its last ten bits carry the owner's <see cref="Kernel.Slot"/>.
/// </summary>
public readonly record struct Id : IComparable<Id>
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Digits = 26;

    // What each character stands for; NoDigit for what is none. Ids are read a hundred thousand times a second.
    private const byte NoDigit = 255;
    private static readonly byte[] DigitOf = [.. Enumerable.Range(0, 128).Select(c => Alphabet.IndexOf((char)c, StringComparison.Ordinal) is >= 0 and var digit ? (byte)digit : NoDigit)];

    private Id(string prefix, Guid value)
    {
        Prefix = prefix;
        Value = value;
    }

    /// <summary>What the id names, one of <see cref="IdPrefix"/>.</summary>
    public string Prefix { get; }

    /// <summary>The UUIDv7, as the database stores it.</summary>
    public Guid Value { get; }

    /// <summary>The slot of the merchant that owns what the id names.</summary>
    public Slot Slot => new(SlotBits(Value));

    /// <summary>When the id was made, UTC, to the millisecond.</summary>
    public DateTimeOffset Time
    {
        get
        {
            Span<byte> bytes = stackalloc byte[16];
            Value.TryWriteBytes(bytes, bigEndian: true, out _);
            return DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(bytes) >> 16);
        }
    }

    /// <summary>A new id at a time, in a slot.</summary>
    public static Id New(string prefix, Slot slot, DateTimeOffset time)
    {
        Span<byte> bytes = stackalloc byte[16];
        RandomNumberGenerator.Fill(bytes[6..]);
        return Compose(prefix, slot, time, bytes);
    }

    /// <summary>
    /// The id that follows from this one and a label, always the same: <c>capture.Derive("tr", "settle:3")</c>. It keeps time and slot. What is made
    /// from an event twice gets the same id twice, and the database refuses the second.
    /// </summary>
    public Id Derive(string prefix, string label)
    {
        Span<byte> source = stackalloc byte[16];
        Value.TryWriteBytes(source, bigEndian: true, out _);
        var text = Encoding.UTF8.GetBytes($"{prefix}:{label}");
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData([.. source, .. text], hash);
        return Compose(prefix, Slot, Time, hash[..16]);
    }

    /// <summary>Takes a value as the database stores it.</summary>
    /// <exception cref="FormatException">The value isn't a UUIDv7 with a slot.</exception>
    public static Id From(string prefix, Guid value) =>
        IsValid(value) ? new Id(prefix, value) : throw new FormatException($"{value} is not a UUIDv7 that carries a slot.");

    /// <summary>Reads an id that must have the given prefix.</summary>
    public static bool TryParse(string prefix, string? text, out Id id)
    {
        id = default;
        if (text is null || text.Length != prefix.Length + 1 + Digits || text[prefix.Length] != '_' || !text.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var digits = text.AsSpan(prefix.Length + 1);
        if (digits[0] > '7')   // 26 digits hold 130 bits: the first may only use three
        {
            return false;
        }

        // 12 digits are 60 bits, what a machine word can take.
        if (!TryRead(digits[..2], out var top) || !TryRead(digits[2..14], out var middle) || !TryRead(digits[14..], out var low))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, ((UInt128)top << 120) | ((UInt128)middle << 60) | low);
        var value = new Guid(bytes, bigEndian: true);
        if (!IsValid(value))
        {
            return false;
        }

        id = new Id(prefix, value);
        return true;
    }

    /// <summary>Reads an id that is known to be right: from our own contracts.</summary>
    /// <exception cref="FormatException">It isn't an id with this prefix.</exception>
    public static Id Parse(string prefix, string text) =>
        TryParse(prefix, text, out var id) ? id : throw new FormatException($"'{text}' is not an id that begins with '{prefix}_'.");

    public int CompareTo(Id other) => Value.CompareTo(other.Value);

    public static bool operator <(Id left, Id right) => left.CompareTo(right) < 0;

    public static bool operator >(Id left, Id right) => left.CompareTo(right) > 0;

    public static bool operator <=(Id left, Id right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Id left, Id right) => left.CompareTo(right) >= 0;

    public override string ToString()
    {
        if (Prefix is null)
        {
            return "";
        }

        return string.Create(Prefix.Length + 1 + Digits, this, static (span, id) =>
        {
            Span<byte> bytes = stackalloc byte[16];
            id.Value.TryWriteBytes(bytes, bigEndian: true, out _);
            var number = BinaryPrimitives.ReadUInt128BigEndian(bytes);
            for (var i = span.Length - 1; i > id.Prefix.Length; i--)
            {
                span[i] = Alphabet[(int)(uint)(number & 31)];
                number >>= 5;
            }

            id.Prefix.CopyTo(span);
            span[id.Prefix.Length] = '_';
        });
    }

    private static bool TryRead(ReadOnlySpan<char> digits, out ulong number)
    {
        number = 0;
        foreach (var c in digits)
        {
            var digit = c < DigitOf.Length ? DigitOf[c] : NoDigit;
            if (digit == NoDigit)
            {
                return false;
            }

            number = (number << 5) | digit;
        }

        return true;
    }

    private static Id Compose(string prefix, Slot slot, DateTimeOffset time, Span<byte> bytes)
    {
        Span<byte> timestamp = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(timestamp, time.ToUnixTimeMilliseconds() << 16);
        timestamp[..6].CopyTo(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        var tail = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[14..], (ushort)((tail & ~0x3ff) | (ushort)slot.Number));
        return new Id(prefix, new Guid(bytes, bigEndian: true));
    }

    private static bool IsValid(Guid value) => value.Version == 7 && (value.Variant & 0xc) == 0x8 && SlotBits(value) < Slot.Count;

    private static int SlotBits(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]) & 0x3ff;
    }
}
