using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Vault;

namespace PayFlow.Auth.UnitTests.Vault;

public sealed class EnvelopeTests
{
    private const string Number = "4242424242424242";
    private static readonly Id Token = Id.New(IdPrefix.Token, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50));
    private static readonly Id Other = Id.New(IdPrefix.Token, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50));
    private static readonly string Kek = Key(1);

    private readonly Envelope envelope = New(Kek);

    [Fact]
    public void Open_WhatWasSealed_IsTheSame()
    {
        var key = envelope.NewDataKey(Token);
        var sealedNumber = Envelope.Seal(key, Number, Token, "pan");
        Assert.Equal(Number, Envelope.Open(envelope.OpenDataKey(Token, key.KekId, key.Sealed), sealedNumber, Token, "pan"));
    }

    [Fact]
    public void Seal_Twice_NeverTheSameBytes()
    {
        var key = envelope.NewDataKey(Token);
        Assert.NotEqual(Envelope.Seal(key, Number, Token, "pan"), Envelope.Seal(key, Number, Token, "pan"));
        Assert.NotEqual(key.Sealed, envelope.NewDataKey(Token).Sealed);
    }

    [Fact]
    public void Open_EveryBitFlipped_IsRefused()
    {
        var key = envelope.NewDataKey(Token);
        var sealedNumber = Envelope.Seal(key, Number, Token, "pan");
        for (var bit = 0; bit < sealedNumber.Length * 8; bit++)
        {
            var forged = (byte[])sealedNumber.Clone();
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => Envelope.Open(key, forged, Token, "pan"));
        }
    }

    [Fact]
    public void Open_MovedToAnotherTokenOrField_IsRefused()
    {
        var key = envelope.NewDataKey(Token);
        var sealedNumber = Envelope.Seal(key, Number, Token, "pan");
        Assert.ThrowsAny<CryptographicException>(() => Envelope.Open(key, sealedNumber, Other, "pan"));
        Assert.ThrowsAny<CryptographicException>(() => Envelope.Open(key, sealedNumber, Token, "cvc"));
        Assert.ThrowsAny<CryptographicException>(() => envelope.OpenDataKey(Other, key.KekId, key.Sealed));
        Assert.ThrowsAny<CryptographicException>(() => Envelope.Open(key, [1, 2, 3], Token, "pan"));
    }

    [Fact]
    public void OpenDataKey_RetiredKey_StillOpens()
    {
        var key = envelope.NewDataKey(Token);
        var rotated = New(Key(2), "kek-2", ("kek-1", Kek));
        Assert.Equal("kek-2", rotated.NewDataKey(Token).KekId);
        Assert.Equal(key.Plain, rotated.OpenDataKey(Token, key.KekId, key.Sealed).Plain);
    }

    [Fact]
    public void OpenDataKey_KeyThatIsNotConfigured_SaysWhich()
    {
        var key = envelope.NewDataKey(Token);
        var thrown = Assert.Throws<InvalidOperationException>(() => New(Key(2), "kek-2").OpenDataKey(Token, key.KekId, key.Sealed));
        Assert.Contains("kek-1", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_SameCard_IsTheSameAndSaysNothing()
    {
        var fingerprint = envelope.Fingerprint(Mode.Test, Number);
        Assert.Equal(fingerprint, envelope.Fingerprint(Mode.Test, Number));
        Assert.NotEqual(fingerprint, envelope.Fingerprint(Mode.Live, Number));
        Assert.NotEqual(fingerprint, envelope.Fingerprint(Mode.Test, "4000000000000002"));
        Assert.NotEqual(fingerprint, New(Key(3)).Fingerprint(Mode.Test, Number));
        Assert.DoesNotContain("4242", fingerprint, StringComparison.Ordinal);
    }

    [Fact]
    public void Fingerprint_KeyOfItsOwn_StaysWhenTheOtherIsRotated()
    {
        var options = new VaultOptions { KeyEncryptionKey = Kek, FingerprintKey = Key(9) };
        var rotated = new VaultOptions { KeyEncryptionKey = Key(2), FingerprintKey = Key(9) };
        Assert.Equal(
            new Envelope(Options.Create(options)).Fingerprint(Mode.Test, Number),
            new Envelope(Options.Create(rotated)).Fingerprint(Mode.Test, Number));
    }

    [Theory]
    [InlineData("")]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64 at all, but long enough for it")]
    public void Validate_KeyThatIsNone_IsRefused(string key) =>
        Assert.NotEmpty(new VaultOptions { KeyEncryptionKey = key }.Validate(new(new object())));

    [Fact]
    public void Validate_RightKeys_Pass() => Assert.Empty(new VaultOptions { KeyEncryptionKey = Kek }.Validate(new(new object())));

    private static string Key(byte filler) => Convert.ToBase64String(Enumerable.Repeat(filler, 32).ToArray());

    private static Envelope New(string kek, string id = "kek-1", params (string Id, string Key)[] retired)
    {
        var options = new VaultOptions { KeyEncryptionKey = kek, KeyId = id };
        foreach (var key in retired)
        {
            options.RetiredKeys[key.Id] = key.Key;
        }

        return new Envelope(Options.Create(options));
    }
}
