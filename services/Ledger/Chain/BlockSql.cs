using System.Security.Cryptography;
using Npgsql;
using PayFlow.Ledger.Transfers;

namespace PayFlow.Ledger.Chain;

/// <summary>The tables <c>blocks</c> and <c>chain_head</c>.</summary>
internal static class BlockSql
{
    /// <summary>
    /// Adds a block of these transfers, in their order, to the shard's chain. The database numbers and chains it, because it alone knows the head; from here on
    /// the batch holds the head until it commits.
    /// </summary>
    /// <param name="createdAt">UTC, to the microsecond.</param>
    public static NpgsqlBatchCommand Add(IReadOnlyList<Transfer> transfers, DateTimeOffset createdAt)
    {
        var leaves = new byte[transfers.Count * SHA256.HashSizeInBytes];
        for (var i = 0; i < transfers.Count; i++)
        {
            Leaf.Hash(transfers[i], leaves.AsSpan(i * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes));
        }

        return new NpgsqlBatchCommand("SELECT ledger_add_block($1, $2, $3)")
        {
            Parameters = { new() { Value = MerkleTree.Root(leaves) }, new() { Value = transfers.Count }, new() { Value = createdAt } },
        };
    }
}
