using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// What chains a block to the one before: SHA-256 of a byte 2, the block's number (8 bytes), the hash of the block before (32), the root of its transfers'
/// tree (32), how many they are (4) and when it was made (8, microseconds since 1970 UTC). Numbers are big endian.
/// </summary>
public static class BlockHash
{
    private const byte BlockPrefix = 2;

    /// <summary>What stands before the first block: 32 zero bytes.</summary>
    public static ReadOnlySpan<byte> BeforeTheFirst => BeforeTheFirstBlock;

    private static readonly byte[] BeforeTheFirstBlock = new byte[Leaf.Size];

    /// <param name="number">From 1 without gaps.</param>
    /// <param name="previous">The hash of the block before, 32 bytes.</param>
    /// <param name="root">Of the tree of its transfers, 32 bytes.</param>
    /// <param name="transfers">How many they are.</param>
    /// <param name="createdAt">UTC, to the microsecond.</param>
    /// <param name="destination">Takes 32 bytes.</param>
    public static void Compute(long number, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> root, int transfers, DateTimeOffset createdAt, Span<byte> destination)
    {
        Span<byte> bytes = stackalloc byte[1 + sizeof(long) + (2 * Leaf.Size) + sizeof(int) + sizeof(long)];
        bytes[0] = BlockPrefix;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], number);
        Fill(bytes.Slice(9, Leaf.Size), previous);
        Fill(bytes.Slice(41, Leaf.Size), root);
        BinaryPrimitives.WriteInt32BigEndian(bytes[73..], transfers);
        BinaryPrimitives.WriteInt64BigEndian(bytes[77..], Leaf.Microseconds(createdAt));
        SHA256.HashData(bytes, destination);
    }

    private static void Fill(Span<byte> place, ReadOnlySpan<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(hash.Length, place.Length);
        hash.CopyTo(place);
    }
}
