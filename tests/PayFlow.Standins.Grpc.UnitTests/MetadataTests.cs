using Grpc.Core;

namespace PayFlow.Standins.Grpc.UnitTests;

public sealed class MetadataTests
{
    [Fact]
    public void Entries_OfOneKey_KeepTheirOrderAndTheLastOneCounts()
    {
        var metadata = new Metadata { { "Key", "first" }, { "other", "x" }, { "key", "second" } };

        Assert.Equal("second", metadata.GetValue("KEY"));
        Assert.Equal(["first", "second"], metadata.GetAll("key").Select(entry => entry.Value));
        Assert.Equal(["key", "other", "key"], metadata.Select(entry => entry.Key));
    }

    [Fact]
    public void Key_NotThere_IsNull()
    {
        Assert.Null(new Metadata().Get("key"));
        Assert.Null(new Metadata().GetValue("key"));
        Assert.Null(new Metadata().GetValueBytes("key"));
    }

    [Fact]
    public void Bytes_ReadAsText_AreRefused() =>
        Assert.Throws<InvalidOperationException>(() => new Metadata { { "key-bin", [1] } }.GetValue("key-bin"));

    [Fact]
    public void Bytes_GivenAndTaken_AreCopies()
    {
        byte[] bytes = [1, 2, 3];
        var entry = new Metadata.Entry("key-bin", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;

        Assert.Equal([1, 2, 3], entry.ValueBytes);
    }

    [Fact]
    public void Text_ReadAsBytes_IsAscii() => Assert.Equal("abc"u8.ToArray(), new Metadata.Entry("key", "abc").ValueBytes);

    [Theory]
    [InlineData("no spaces")]
    [InlineData("no:colons")]
    [InlineData("nö")]
    public void Key_WithOtherCharacters_IsRefused(string key) => Assert.Throws<ArgumentException>(() => new Metadata.Entry(key, "value"));

    [Fact]
    public void Key_OfTheOtherKind_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", [1]));
    }

    [Fact]
    public void Empty_Changed_Refuses()
    {
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "value"));
        Assert.Throws<InvalidOperationException>(Metadata.Empty.Clear);
        Assert.Empty(Metadata.Empty);
    }
}
