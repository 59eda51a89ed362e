namespace PayFlow.Ledger.Chain;

/// <summary>A block's row: what one committed batch added to the chain.</summary>
/// <param name="Number">From 1 without gaps.</param>
/// <param name="PreviousHash">The hash of the block before, 32 bytes.</param>
/// <param name="Root">Of the tree of its transfers, 32 bytes.</param>
/// <param name="Transfers">How many they are.</param>
/// <param name="CreatedAt">UTC, to the microsecond.</param>
/// <param name="Hash">As the row says, 32 bytes.</param>
internal sealed record Block(long Number, byte[] PreviousHash, byte[] Root, int Transfers, DateTimeOffset CreatedAt, byte[] Hash)
{
    /// <summary>Whether the row's hash is that of its other columns.</summary>
    public bool IsHashed()
    {
        Span<byte> hash = stackalloc byte[Leaf.Size];
        BlockHash.Compute(Number, PreviousHash, Root, Transfers, CreatedAt, hash);
        return hash.SequenceEqual(Hash);
    }

    /// <summary>Whether this is the block after that one.</summary>
    public bool Follows(ChainEnd end) => Number == end.Number + 1 && PreviousHash.AsSpan().SequenceEqual(end.Hash);

    public ChainEnd AsEnd() => new(Number, Hash);
}

/// <summary>How far a chain goes: the number and the hash of its last block.</summary>
internal sealed record ChainEnd(long Number, byte[] Hash)
{
    /// <summary>Before the first block.</summary>
    public static ChainEnd Beginning { get; } = new(0, BlockHash.BeforeTheFirst.ToArray());

    /// <summary>The end once this block is added.</summary>
    public ChainEnd Next(byte[] root, int transfers, DateTimeOffset createdAt)
    {
        var hash = new byte[Leaf.Size];
        BlockHash.Compute(Number + 1, Hash, root, transfers, createdAt, hash);
        return new ChainEnd(Number + 1, hash);
    }

    public bool Is(ChainEnd other) => Number == other.Number && Hash.AsSpan().SequenceEqual(other.Hash);
}
