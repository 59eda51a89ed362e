using System.Net;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Webhooks;

namespace PayFlow.Auth.UnitTests.Webhooks;

public sealed class PublicAddressTests
{
    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("93.184.216.34")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.167.255.255")]
    [InlineData("198.17.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001:81b::200e")]
    public void Address_OnTheInternet_IsPublic(string address) => Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.1.2.3")]
    [InlineData("10.0.0.1")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]           // a cloud's metadata service
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.254")]
    [InlineData("169.254.0.1")]
    [InlineData("169.254.169.254")]           // clouds' metadata service
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]               // a cloud's metadata service
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("203.0.113.1")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.250")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::8.8.8.8")]                 // IPv4-compatible
    [InlineData("::ffff:127.0.0.1")]          // IPv4-mapped
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::7f00:1")]           // NAT64
    [InlineData("64:ff9b:1::1")]
    [InlineData("100::1")]                    // discarded
    [InlineData("2001::1")]                   // Teredo
    [InlineData("2001:db8::1")]
    [InlineData("2002:7f00:1::1")]            // 6to4 of 127.0.0.1
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]             // a cloud's metadata service
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    public void Address_OfThisNetworkOrOfNone_IsNotPublic(string address) => Assert.False(PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("93.184.216.34,2606:4700:4700::1111", true)]
    [InlineData("93.184.216.34,10.0.0.1", false)]   // one of several is enough to refuse it
    [InlineData("127.0.0.1", false)]
    [InlineData("", false)]
    public async Task Host_ByItsAddresses_IsAllowedOrRefused(string addresses, bool allowed)
    {
        var found = addresses.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(IPAddress.Parse).ToArray();
        var guard = new AddressGuard((_, _) => Task.FromResult(found), Options.Create(new WebhookOptions()));
        var check = guard.ResolveAsync("shop.example", CancellationToken.None);
        if (allowed)
        {
            Assert.Equal(found, await check);
        }
        else
        {
            await Assert.ThrowsAsync<AddressRefusedException>(() => check);
        }
    }

    [Fact]
    public async Task Host_AtAPrivateAddressInDevelopment_IsAllowed()
    {
        var guard = new AddressGuard((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), Options.Create(new WebhookOptions { AllowPrivateAddresses = true }));
        Assert.Equal([IPAddress.Loopback], await guard.ResolveAsync("localhost", CancellationToken.None));
    }
}
