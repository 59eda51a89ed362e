using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace PayFlow.Auth.Webhooks;

/// <summary>Looks a host name up.</summary>
internal delegate Task<IPAddress[]> HostResolver(string host, CancellationToken ct);

/// <summary>A host that webhooks may not go to, or that there is not.</summary>
internal sealed class AddressRefusedException(string message) : Exception(message);

/// <summary>
/// Finds the addresses of a host, and refuses it when one of them is not public. It is asked when an endpoint is registered, so that the merchant knows, and again for
/// each connection, which goes to the very addresses that were checked: a name that points elsewhere a moment later gains nothing.
/// </summary>
internal sealed class AddressGuard(HostResolver resolve, IOptions<WebhookOptions> options)
{
    /// <exception cref="AddressRefusedException">It is not allowed, or has no address.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        var addresses = await LookUpAsync(host, ct);
        return options.Value.AllowPrivateAddresses || Array.TrueForAll(addresses, PublicAddress.Is)
            ? addresses
            : throw new AddressRefusedException($"{host} is at an address that is not public.");
    }

    private async Task<IPAddress[]> LookUpAsync(string host, CancellationToken ct)
    {
        try
        {
            return await resolve(host, ct) is { Length: > 0 } found ? found : throw new AddressRefusedException($"{host} has no address.");
        }
        catch (SocketException unknown)
        {
            throw new AddressRefusedException($"{host} has no address: {unknown.SocketErrorCode}.");
        }
    }
}
