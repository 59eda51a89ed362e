using System.Net;
using System.Net.Sockets;

namespace PayFlow.Auth.Webhooks;

/// <summary>
/// Which addresses are out on the internet, by the registries of special-purpose addresses (IANA; RFC 6890). What is not certainly public is refused: a webhook
/// must not reach this network's own machines, nor the cloud's metadata service.
/// </summary>
internal static class PublicAddress
{
    private static readonly IPNetwork[] SpecialV4 =
    [
        IPNetwork.Parse("0.0.0.0/8"),         // this network
        IPNetwork.Parse("10.0.0.0/8"),        // private
        IPNetwork.Parse("100.64.0.0/10"),     // carrier-grade NAT, and clouds' own services
        IPNetwork.Parse("127.0.0.0/8"),       // loopback
        IPNetwork.Parse("169.254.0.0/16"),    // link-local, metadata services
        IPNetwork.Parse("172.16.0.0/12"),     // private
        IPNetwork.Parse("192.0.0.0/24"),      // IETF protocol assignments
        IPNetwork.Parse("192.0.2.0/24"),      // documentation
        IPNetwork.Parse("192.88.99.0/24"),    // 6to4 relays
        IPNetwork.Parse("192.168.0.0/16"),    // private
        IPNetwork.Parse("198.18.0.0/15"),     // benchmarks
        IPNetwork.Parse("198.51.100.0/24"),   // documentation
        IPNetwork.Parse("203.0.113.0/24"),    // documentation
        IPNetwork.Parse("224.0.0.0/4"),       // multicast
        IPNetwork.Parse("240.0.0.0/4"),       // reserved, broadcast
    ];

    // Everything else of IPv6 is loopback, link-local, unique local, multicast, or IPv4 in disguise (::/96, ::ffff:0:0/96, 64:ff9b::/96).
    private static readonly IPNetwork GlobalV6 = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] SpecialV6 =
    [
        IPNetwork.Parse("2001::/23"),         // IETF protocol assignments, Teredo, benchmarks, ORCHID
        IPNetwork.Parse("2001:db8::/32"),     // documentation
        IPNetwork.Parse("2002::/16"),         // 6to4: IPv4 in disguise
        IPNetwork.Parse("3fff::/20"),         // documentation
    ];

    public static bool Is(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !SpecialV4.Any(network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => address.ScopeId == 0 && !address.IsIPv4MappedToIPv6 && GlobalV6.Contains(address) && !SpecialV6.Any(network => network.Contains(address)),
        _ => false,
    };
}
