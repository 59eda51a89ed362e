using System.Security.Cryptography;
using System.Text;
using PayFlow.Auth.ApiKeys;

namespace PayFlow.Auth.UnitTests.ApiKeys;

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
        var key = ApiKey.Of(secret, Merchant, Mode.Test, ["payments:read"], DateTimeOffset.UnixEpoch.AddYears(50));
        Assert.Equal(SHA256.HashData(Encoding.UTF8.GetBytes(secret)), key.Hash);
        Assert.Equal(("sk_test_", secret[^4..], Merchant.Slot), (key.Prefix, key.Last4, key.Id.Slot));
        Assert.DoesNotContain(secret, key.ToString(), StringComparison.Ordinal);
    }

    // Hours from now: when the key would have ended, the overlap, and then when it ends and whether it is revoked instead.
    [Theory]
    [InlineData(null, 24, 24, false)]
    [InlineData(null, 0, null, true)]
    [InlineData(1, 24, 1, false)]
    [InlineData(48, 24, 24, false)]
    [InlineData(48, 0, 48, true)]
    public void Ended_Overlap_EndsNotLaterThanItWouldHave(int? expires, int overlap, int? then, bool revoked)
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        var key = ApiKey.Of(ApiKey.NewSecret(Mode.Test), Merchant, Mode.Test, [], now) with { ExpiresAt = expires is { } hours ? now.AddHours(hours) : null };
        var ended = RotateApiKey.Ended(key, now, TimeSpan.FromHours(overlap));
        Assert.Equal((then is { } end ? now.AddHours(end) : null, revoked ? now : null), (ended.ExpiresAt, ended.RevokedAt));
    }

    [Fact]
    public void StatusAt_Times_SayWhetherItOpens()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        var key = ApiKey.Of(ApiKey.NewSecret(Mode.Test), Merchant, Mode.Test, [], now);
        Assert.Equal(ApiKeyStatus.Active, key.StatusAt(now));
        Assert.Equal(ApiKeyStatus.Active, (key with { ExpiresAt = now.AddSeconds(1) }).StatusAt(now));
        Assert.Equal(ApiKeyStatus.Expired, (key with { ExpiresAt = now }).StatusAt(now));
        Assert.Equal(ApiKeyStatus.Revoked, (key with { ExpiresAt = now, RevokedAt = now }).StatusAt(now));
    }
}
