using System.Security.Cryptography;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain;

/// <summary>
/// The hash tree of RFC 6962, section 2.1: a node is SHA-256 of a byte 1 and its two children, and a tree of n leaves splits after the largest power of two
/// below n. Built from the leaves up, that is: pair neighbours, and a last one without a neighbour moves up as it is.
/// </summary>
public static class MerkleTree
{
    private const int Size = Leaf.Size;
    private const byte NodePrefix = 1;

    /// <summary>The root of a tree.</summary>
    /// <param name="leaves">The leaves' hashes, one behind the other. Overwritten: the tree is built in place.</param>
    /// <returns>32 bytes; of no leaves, the hash of nothing.</returns>
    public static byte[] Root(Span<byte> leaves)
    {
        if (leaves.IsEmpty)
        {
            return SHA256.HashData([]);
        }

        Span<byte> node = stackalloc byte[1 + (2 * Size)];
        for (var count = leaves.Length / Size; count > 1;)
        {
            count = Climb(leaves, count, node);
        }

        return leaves[..Size].ToArray();
    }

    /// <summary>The root of the tree of these transfers, in their order.</summary>
    public static byte[] RootOf(IReadOnlyList<Transfer> transfers)
    {
        var leaves = new byte[transfers.Count * Size];
        for (var i = 0; i < transfers.Count; i++)
        {
            Leaf.Hash(transfers[i], leaves.AsSpan(i * Size, Size));
        }

        return Root(leaves);
    }

    /// <summary>What proves that a leaf is in its tree: the neighbours on the way from the leaf to the root.</summary>
    /// <param name="leaves">The leaves' hashes, one behind the other. Overwritten.</param>
    /// <param name="index">Which leaf, from 0.</param>
    public static IReadOnlyList<byte[]> Path(Span<byte> leaves, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)(leaves.Length / Size));
        var path = new List<byte[]>();
        Span<byte> node = stackalloc byte[1 + (2 * Size)];
        for (var count = leaves.Length / Size; count > 1; count = Climb(leaves, count, node), index /= 2)
        {
            var neighbour = index ^ 1;
            if (neighbour < count)   // else it is the last one, alone, and moves up as it is
            {
                path.Add(leaves.Slice(neighbour * Size, Size).ToArray());
            }
        }

        return path;
    }

    /// <summary>Whether a path leads from a leaf to a root, in a tree of so many leaves.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="index">Which leaf it is said to be, from 0.</param>
    /// <param name="count">Leaves of the tree.</param>
    /// <param name="path">What <see cref="Path"/> answered.</param>
    /// <param name="root">The root that is known.</param>
    public static bool Leads(ReadOnlySpan<byte> leaf, int index, int count, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= count || leaf.Length != Size || path.Any(hash => hash.Length != Size))
        {
            return false;
        }

        Span<byte> node = stackalloc byte[1 + (2 * Size)];
        Span<byte> hash = stackalloc byte[Size];
        leaf.CopyTo(hash);
        var used = 0;
        for (; count > 1; count = (count + 1) / 2, index /= 2)
        {
            if ((index ^ 1) >= count)
            {
                continue;
            }

            if (used == path.Count)
            {
                return false;
            }

            var isLeft = index % 2 == 0;
            node[0] = NodePrefix;
            hash.CopyTo(node[(isLeft ? 1 : 1 + Size)..]);
            path[used++].CopyTo(node[(isLeft ? 1 + Size : 1)..]);
            SHA256.HashData(node, hash);
        }

        return used == path.Count && hash.SequenceEqual(root);
    }

    /// <summary>Makes the next level over the beginning of this one.</summary>
    /// <returns>How many nodes it has.</returns>
    private static int Climb(Span<byte> level, int count, Span<byte> node)
    {
        node[0] = NodePrefix;
        for (var pair = 0; pair < count / 2; pair++)
        {
            level.Slice(pair * 2 * Size, 2 * Size).CopyTo(node[1..]);
            SHA256.HashData(node, level[(pair * Size)..]);
        }

        if (count % 2 == 1)
        {
            level.Slice((count - 1) * Size, Size).CopyTo(level[(count / 2 * Size)..]);
        }

        return (count + 1) / 2;
    }
}
