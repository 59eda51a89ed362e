using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PayFlow.Ledger.Chain;

namespace PayFlow.Ledger.UnitTests.Chain;

public sealed class HeadStoreTests : IDisposable
{
    private static readonly DateTimeOffset At = new DateTimeOffset(2026, 3, 14, 23, 59, 0, TimeSpan.Zero).AddMicroseconds(7);

    private readonly string _directory = Directory.CreateTempSubdirectory("payflow-heads-").FullName;
    private readonly HeadKeys _keys;
    private readonly HeadStore _store;

    public HeadStoreTests()
    {
        var options = Options.Create(new ChainOptions { SigningKey = NewKey(), HeadsDirectory = _directory });
        (_keys, _store) = (new HeadKeys(options), new HeadStore(options));
    }

    private string FileOfTheDay => Path.Combine(_directory, "shard-3", "2026-03-14.jsonl");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Append_Heads_AreReadAsTheyWereSigned()
    {
        await _store.AppendAsync(Signed(5), CancellationToken.None);
        await _store.AppendAsync(Signed(9, minutes: 1), CancellationToken.None);   // the next day

        var read = await ReadAsync();

        Assert.Equal([5L, 9L], read.Select(signed => signed.Head.Block));
        Assert.Equal((At, 500L, 3), (read[0].Head.SignedAt, read[0].Head.Transfers, read[0].Head.Shard));
        Assert.All(read, signed => Assert.True(_keys.IsSigned(signed)));
        Assert.Equal(["2026-03-14.jsonl", "2026-03-15.jsonl"], Directory.EnumerateFiles(Path.Combine(_directory, "shard-3"), "*.jsonl").Select(Path.GetFileName).Order());
        Assert.Equal(9, (await _store.LastAsync(3, CancellationToken.None))!.Head.Block);
        Assert.Equal([9L], (await ReadAsync(At.AddMinutes(1))).Select(signed => signed.Head.Block));
    }

    [Fact]
    public async Task Append_AfterAWriterDiedInTheMiddle_LosesOnlyItsLine()
    {
        await _store.AppendAsync(Signed(5), CancellationToken.None);
        await _store.AppendAsync(Signed(6), CancellationToken.None);
        await File.WriteAllTextAsync(FileOfTheDay, (await File.ReadAllTextAsync(FileOfTheDay))[..^40]);
        Assert.Equal([5L], (await ReadAsync()).Select(signed => signed.Head.Block));

        await _store.AppendAsync(Signed(7), CancellationToken.None);

        Assert.Equal([5L, 7L], (await ReadAsync()).Select(signed => signed.Head.Block));
    }

    [Fact]
    public async Task Last_FileWithNothingButATornLine_IsThatOfTheDayBefore()
    {
        await _store.AppendAsync(Signed(5), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(_directory, "shard-3", "2026-03-15.jsonl"), "{\"shard\":3,\"blo");

        Assert.Equal(5, (await _store.LastAsync(3, CancellationToken.None))!.Head.Block);
        Assert.Null(await _store.LastAsync(4, CancellationToken.None));
    }

    [Fact]
    public async Task Mark_HeadOfSomebodyElse_Changes()
    {
        await _store.AppendAsync(Signed(5), CancellationToken.None);
        var mark = _store.Mark(3);

        await _store.AppendAsync(Signed(6), CancellationToken.None);

        Assert.NotEqual(mark, _store.Mark(3));
    }

    [Fact]
    public void IsSigned_AnythingChanged_IsNot()
    {
        var signed = Signed(5);
        var head = signed.Head;

        SignedHead[] changed =
        [
            signed with { Head = head with { Block = 6 } },
            signed with { Head = head with { Shard = 2 } },
            signed with { Head = head with { Transfers = 501 } },
            signed with { Head = head with { SignedAt = head.SignedAt.AddMicroseconds(1) } },
            signed with { Head = head with { BlockHash = SHA256.HashData([1]) } },
            signed with { Signature = [.. signed.Signature[..^1], (byte)(signed.Signature[^1] ^ 1)] },
            signed with { Signature = [] },
            signed with { KeyId = "0123456789abcdef" },
        ];

        Assert.True(_keys.IsSigned(signed));
        Assert.All(changed, other => Assert.False(_keys.IsSigned(other)));
    }

    [Fact]
    public void IsSigned_KeyThatWasRetired_StillCounts()
    {
        var signed = Signed(5);
        var later = new HeadKeys(Options.Create(new ChainOptions { SigningKey = NewKey(), HeadsDirectory = _directory, RetiredKeys = { _keys.Current.Pem } }));

        Assert.True(later.IsSigned(signed));
        Assert.Equal([later.Current.Id, _keys.Current.Id], later.All.Select(key => key.Id));
    }

    [Theory]
    [InlineData(null, null, "either SigningKey or SigningKeyFile")]
    [InlineData("bm90IGEga2V5", null, "must be a private key")]
    [InlineData("not base64", null, "must be a private key")]
    [InlineData("P-384", null, "must be a private key")]
    [InlineData(null, "/nowhere/key.pem", "isn't there")]
    public void Validate_NoUsableKey_SaysWhat(string? key, string? file, string problem)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var options = new ChainOptions { SigningKey = key == "P-384" ? Convert.ToBase64String(other.ExportPkcs8PrivateKey()) : key, SigningKeyFile = file, HeadsDirectory = _directory };

        Assert.Contains(problem, Assert.Single(options.Validate(new(options))).ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_KeyInAFile_IsTaken()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var path = Path.Combine(_directory, "key.pem");
        File.WriteAllText(path, key.ExportPkcs8PrivateKeyPem());
        var options = new ChainOptions { SigningKeyFile = path, HeadsDirectory = _directory };

        Assert.Empty(options.Validate(new(options)));
        Assert.Equal(key.ExportSubjectPublicKeyInfoPem(), new HeadKeys(Options.Create(options)).Current.Pem);
    }

    private static string NewKey()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(key.ExportPkcs8PrivateKey());
    }

    private SignedHead Signed(long block, int minutes = 0) => _keys.Sign(new Head(3, block, SHA256.HashData([(byte)block]), block * 100, At.AddMinutes(minutes)));

    private async Task<List<SignedHead>> ReadAsync(DateTimeOffset from = default)
    {
        var read = new List<SignedHead>();
        await foreach (var signed in _store.ReadAsync(3, from, CancellationToken.None))
        {
            read.Add(signed);
        }

        return read;
    }
}
