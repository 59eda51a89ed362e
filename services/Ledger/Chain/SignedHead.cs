using System.Buffers.Binary;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// Where the chain of a shard had come to. Signed is: a byte 4, the shard (4 bytes), the block (8), its hash (32), the transfers so far (8) and the time (8, microseconds since
/// 1970 UTC). Numbers are big endian.
/// </summary>
/// <param name="Shard">Whose chain.</param>
/// <param name="Block">The number of its last block.</param>
/// <param name="BlockHash">The hash of that block, 32 bytes: it stands for everything before.</param>
/// <param name="Transfers">Transfers in all blocks up to it.</param>
/// <param name="SignedAt">UTC, to the microsecond.</param>
public sealed record Head(int Shard, long Block, byte[] BlockHash, long Transfers, DateTimeOffset SignedAt)
{
    private const byte HeadPrefix = 4;

    /// <summary>What is signed.</summary>
    internal byte[] Bytes()
    {
        var bytes = new byte[1 + sizeof(int) + sizeof(long) + Leaf.Size + sizeof(long) + sizeof(long)];
        bytes[0] = HeadPrefix;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), Shard);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(5), Block);
        BlockHash.AsSpan(0, Leaf.Size).CopyTo(bytes.AsSpan(13));
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(45), Transfers);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(53), Leaf.Microseconds(SignedAt));
        return bytes;
    }
}

/// <summary>A head and who vouches for it.</summary>
/// <param name="KeyId">Of <see cref="HeadKey"/>.</param>
/// <param name="Signature">ECDSA, DER.</param>
public sealed record SignedHead(Head Head, string KeyId, byte[] Signature);
