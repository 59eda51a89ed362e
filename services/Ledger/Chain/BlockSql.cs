using Npgsql;

namespace PayFlow.Ledger.Chain;

/// <summary>The tables <c>blocks</c> and <c>chain_head</c>.</summary>
internal static class BlockSql
{
    /// <summary>
    /// Adds a block to the shard's chain and answers its number. The database numbers and chains it, because it alone knows the head; from here on the batch holds the head until it
    /// commits.
    /// </summary>
    /// <param name="root">Of the tree of its transfers.</param>
    /// <param name="createdAt">UTC, to the microsecond.</param>
    public static NpgsqlBatchCommand Add(byte[] root, int transfers, DateTimeOffset createdAt) => new("SELECT ledger_add_block($1, $2, $3)")
    {
        Parameters = { new() { Value = root }, new() { Value = transfers }, new() { Value = createdAt } },
    };
}
