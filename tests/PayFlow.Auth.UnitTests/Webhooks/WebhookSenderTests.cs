using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using PayFlow.Auth.Vault;
using PayFlow.Auth.Webhooks;

namespace PayFlow.Auth.UnitTests.Webhooks;

public sealed class WebhookSenderTests : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly SecretBox box = new(new Envelope(Options.Create(new VaultOptions { KeyEncryptionKey = Convert.ToBase64String(new byte[32]) })));

    public WebhookSenderTests() => listener.Start();

    private int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task Name_ThatPointsElsewhereAfterItWasChecked_IsNotConnectedTo()
    {
        var lookups = new Queue<IPAddress>([IPAddress.Parse("93.184.216.34"), IPAddress.Loopback]);
        var options = Options.Create(new WebhookOptions());
        var guard = new AddressGuard((_, _) => Task.FromResult<IPAddress[]>([lookups.Dequeue()]), options);
        await guard.ResolveAsync("rebound.example", CancellationToken.None);   // as at the registration
        using var sender = new WebhookSender(guard, box, options, TimeProvider.System);
        var attempt = await sender.SendAsync(Delivery($"http://rebound.example:{Port}/"), CancellationToken.None);
        Assert.Equal("rebound.example is at an address that is not public.", attempt.Error);
        Assert.Null(attempt.Status);
        Assert.Empty(lookups);
        Assert.False(listener.Pending(), "It was connected to.");
    }

    [Fact]
    public async Task Name_IsLookedUpOnceForAConnection_WhichGoesToThatAddress()
    {
        var lookups = 0;
        var options = Options.Create(new WebhookOptions { AllowPrivateAddresses = true, Timeout = TimeSpan.FromSeconds(2) });
        var guard = new AddressGuard(
            (_, _) =>
            {
                lookups++;
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            },
            options);
        using var sender = new WebhookSender(guard, box, options, TimeProvider.System);
        var attempt = await sender.SendAsync(Delivery($"http://shop.example:{Port}/"), CancellationToken.None);   // accepted and never answered
        Assert.Equal("No whole answer within 2 s.", attempt.Error);
        Assert.Equal(1, lookups);
        Assert.True(listener.Pending(), "The connection went to the address that was checked.");
    }

    [Fact]
    public async Task Nobody_Listens_IsSaid()
    {
        var port = Port;
        listener.Stop();
        var options = Options.Create(new WebhookOptions { AllowPrivateAddresses = true });
        using var sender = new WebhookSender(new AddressGuard((_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), options), box, options, TimeProvider.System);
        Assert.Equal("The connection failed: ConnectionRefused.", (await sender.SendAsync(Delivery($"http://shop.example:{port}/"), CancellationToken.None)).Error);
    }

    private ClaimedDelivery Delivery(string url)
    {
        var now = TimeProvider.System.GetUtcNow();
        var slot = new Slot(5);
        var endpoint = Id.New(IdPrefix.WebhookEndpoint, slot, now);
        return new ClaimedDelivery(
            Id.New(IdPrefix.WebhookDelivery, slot, now), 1, 0, Id.New(IdPrefix.Event, slot, now), "{}"u8.ToArray(), endpoint, new Uri(url), box.New(endpoint).Sealed);
    }
}
