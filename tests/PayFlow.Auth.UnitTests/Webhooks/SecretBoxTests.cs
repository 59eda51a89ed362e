using System.Text;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Vault;
using PayFlow.Auth.Webhooks;

namespace PayFlow.Auth.UnitTests.Webhooks;

public sealed class SecretBoxTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly Id Endpoint = Id.New(IdPrefix.WebhookEndpoint, new Slot(5), Now);
    private readonly SecretBox box = new(new Envelope(Options.Create(new VaultOptions { KeyEncryptionKey = Convert.ToBase64String(new byte[32]) })));

    [Fact]
    public void New_IsASecretOfStandardWebhooks_AndSealed()
    {
        var (secrets, secret) = box.New(Endpoint);
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.InRange(Convert.FromBase64String(secret["whsec_".Length..]).Length, 24, 64);
        Assert.DoesNotContain(secret, Encoding.Latin1.GetString(secrets.Current), StringComparison.Ordinal);
        Assert.Equal(Bytes(secret), Assert.Single(box.Keys(Endpoint, secrets, Now)));
    }

    [Fact]
    public void Rotate_UntilTheOverlapEnds_BothSign()
    {
        var (first, old) = box.New(Endpoint);
        var (rotated, secret) = box.Rotate(Endpoint, first, Now.AddHours(24));
        Assert.Equal([Bytes(secret), Bytes(old)], box.Keys(Endpoint, rotated, Now.AddHours(24).AddTicks(-1)));
        Assert.Equal([Bytes(secret)], box.Keys(Endpoint, rotated, Now.AddHours(24)));
        var (again, newest) = box.Rotate(Endpoint, rotated, Now.AddHours(30));
        Assert.Equal([Bytes(newest), Bytes(secret)], box.Keys(Endpoint, again, Now.AddHours(1)));
    }

    private static byte[] Bytes(string secret) => Convert.FromBase64String(secret["whsec_".Length..]);
}
