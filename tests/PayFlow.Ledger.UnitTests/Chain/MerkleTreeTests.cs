using System.Security.Cryptography;
using PayFlow.Ledger.Chain;

namespace PayFlow.Ledger.UnitTests.Chain;

public sealed class MerkleTreeTests
{
    private const int LargestTree = 70;
    private const int SmallTree = 16;

    /// <summary>The leaves and roots that the test suites of Certificate Transparency share.</summary>
    private static readonly string[] KnownLeaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    public static IEnumerable<object[]> Sizes => Enumerable.Range(1, LargestTree).Select(size => new object[] { size });

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Root_OfKnownLeaves_IsKnown(int count, string root) => Assert.Equal(root, Convert.ToHexStringLower(MerkleTree.Root(Known(count))));

    [Theory]
    [InlineData(0, 1, "")]
    [InlineData(0, 8, "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e 6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4")]
    [InlineData(5, 8, "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 3, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(1, 5, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d 5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Path_OfKnownLeaves_IsKnown(int index, int count, string path) =>
        Assert.Equal(path, string.Join(' ', MerkleTree.Path(Known(count), index).Select(Convert.ToHexStringLower)));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Root_OfAnySize_IsThatOfTheDefinition(int size) => Assert.Equal(ByDefinition(Numbered(size)), MerkleTree.Root(Numbered(size)));

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Leads_EveryLeafOfAnySize_IsProvenAndNothingElseIs(int size)
    {
        var root = MerkleTree.Root(Numbered(size));
        for (var index = 0; index < size; index++)
        {
            var leaf = Numbered(size).AsSpan(index * Leaf.Size, Leaf.Size).ToArray();
            var path = MerkleTree.Path(Numbered(size), index);

            Assert.True(MerkleTree.Leads(leaf, index, size, path, root));
            Assert.All(Enumerable.Range(-1, size + 2).Where(other => other != index), other => Assert.False(MerkleTree.Leads(leaf, other, size, path, root)));
            Assert.False(MerkleTree.Leads(leaf, index, size, [.. path, root], root));
            Assert.False(path.Count > 0 && MerkleTree.Leads(leaf, index, size, [.. path.SkipLast(1)], root));
            Assert.All<byte[]>([leaf, root, .. path], hash => AssertEveryChangeFails(hash, size, () => MerkleTree.Leads(leaf, index, size, path, root)));
        }
    }

    [Fact]
    public void Leads_HashOfAnotherLength_IsRefused() => Assert.False(MerkleTree.Leads(MerkleTree.Root(Numbered(1)).AsSpan(1), 0, 1, [], MerkleTree.Root(Numbered(1))));

    [Fact]
    public void Path_LeafThatIsNotThere_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => MerkleTree.Path(Numbered(3), 3));

    /// <summary>Every bit in small trees, some of every hash in larger ones.</summary>
    private static void AssertEveryChangeFails(byte[] hash, int size, Func<bool> leads)
    {
        for (var bit = 0; bit < hash.Length * 8; bit += size <= SmallTree ? 1 : 37)
        {
            hash[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(leads());
            hash[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static byte[] Known(int count) => [.. KnownLeaves.Take(count).SelectMany(leaf => SHA256.HashData([0, .. Convert.FromHexString(leaf)]))];

    private static byte[] Numbered(int count) => [.. Enumerable.Range(0, count).SelectMany(index => SHA256.HashData([0, (byte)index]))];

    /// <summary>RFC 6962, section 2.1, word for word.</summary>
    private static byte[] ByDefinition(ReadOnlySpan<byte> leaves)
    {
        var count = leaves.Length / Leaf.Size;
        if (count == 1)
        {
            return leaves.ToArray();
        }

        var split = 1;
        while (split * 2 < count)
        {
            split *= 2;
        }

        return SHA256.HashData([1, .. ByDefinition(leaves[..(split * Leaf.Size)]), .. ByDefinition(leaves[(split * Leaf.Size)..])]);
    }
}
