using System.Security.Cryptography;
using System.Text;
using PayFlow.Auth.Merchants;

namespace PayFlow.Auth.UnitTests.Merchants;

public sealed class ApiKeyTests
{
    private static readonly Id Merchant = Id.New(IdPrefix.Merchant, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50));

    [Theory]
    [InlineData(Mode.Test, "sk_test_")]
    [InlineData(Mode.Live, "sk_live_")]
    public void NewSecret_Mode_IsToldByItsBeginning(Mode mode, string prefix)
    {
        var secret = ApiKey.NewSecret(mode);
        Assert.Matches($"^{prefix}[0-9A-Za-z]{{32}}$", secret);
        Assert.NotEqual(secret, ApiKey.NewSecret(mode));
    }

    [Fact]
    public void Of_Secret_KeepsItsHashAndEndsOnly()
    {
        var secret = ApiKey.NewSecret(Mode.Test);
        var key = ApiKey.Of(secret, Merchant, Mode.Test, DateTimeOffset.UnixEpoch.AddYears(50));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), key.Hash);
        Assert.Equal(("sk_test_", secret[^4..], Merchant.Slot), (key.Prefix, key.Last4, key.Id.Slot));
        Assert.DoesNotContain(secret, key.ToString(), StringComparison.Ordinal);
    }
}
