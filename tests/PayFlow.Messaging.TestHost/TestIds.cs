using System.Buffers.Binary;
using PayFlow.Kernel;

namespace PayFlow.Messaging.TestHost;

/// <summary>Ids that come again with their seed.</summary>
public static class TestIds
{
    public const string Prefix = "tst";

    /// <summary>The next id of a sequence, in a slot that is as random as the rest.</summary>
    public static Id Next(Random random) => Next(random, new Slot(random.Next(Slot.Count)));

    /// <summary>The next id of a sequence, in a slot.</summary>
    public static Id Next(Random random, Slot slot)
    {
        Span<byte> bytes = stackalloc byte[16];
        random.NextBytes(bytes);
        bytes[6] = (byte)(0x70 | (bytes[6] & 0x0f));
        bytes[8] = (byte)(0x80 | (bytes[8] & 0x3f));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[14..], (ushort)((bytes[14] << 8 & 0xfc00) | (ushort)slot.Number));
        return Id.From(Prefix, new Guid(bytes, bigEndian: true));
    }
}
