using PayFlow.Ledger.Chain;

namespace PayFlow.Ledger.UnitTests.Chain;

public sealed class BlockHashTests
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(0x019abcdef012).AddMicroseconds(2_345);
    private static readonly byte[] Root = Convert.FromHexString("2e85f15c898ad0c6155c148b7961b32161108e8530bc8725e2e7d06c32bc3fbb");

    /// <summary>The example of docs/ledger-proof.md: a first block of one transfer.</summary>
    [Fact]
    public void Compute_Example_IsThatOfTheDocs() =>
        Assert.Equal("183f30234d2d890234763a6a0eddcec8167bbf2975fea77de9ad13cd3513e58d", Convert.ToHexStringLower(Computed(1, BlockHash.BeforeTheFirst, Root, 1, At)));

    [Fact]
    public void Compute_AnythingChanged_IsAnother()
    {
        byte[][] hashes =
        [
            Computed(1, BlockHash.BeforeTheFirst, Root, 1, At),
            Computed(2, BlockHash.BeforeTheFirst, Root, 1, At),
            Computed(1, Root, Root, 1, At),
            Computed(1, BlockHash.BeforeTheFirst, BlockHash.BeforeTheFirst, 1, At),
            Computed(1, BlockHash.BeforeTheFirst, Root, 2, At),
            Computed(1, BlockHash.BeforeTheFirst, Root, 1, At.AddMicroseconds(1)),
        ];

        Assert.Equal(hashes.Length, hashes.Select(Convert.ToHexStringLower).Distinct().Count());
    }

    [Fact]
    public void Compute_HashOfAnotherLength_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Computed(1, Root.AsSpan(1), Root, 1, At));

    private static byte[] Computed(long number, ReadOnlySpan<byte> previous, ReadOnlySpan<byte> root, int transfers, DateTimeOffset createdAt)
    {
        var hash = new byte[Leaf.Size];
        BlockHash.Compute(number, previous, root, transfers, createdAt, hash);
        return hash;
    }
}
