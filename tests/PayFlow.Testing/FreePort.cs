using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace PayFlow.Testing;

/// <summary>Ports of 127.0.0.1 for servers that are started, killed and started again.</summary>
public static class FreePort
{
    // Above the ports of whole systems, which tests shift by 5,000 and 10,000. Below the range from which the kernel takes ports for outgoing connections (32768 on Linux): there, a connection of another test
    // could take a server's port between its kill and its restart.
    private const int First = 20_000;
    private const int Last = 31_999;

    private static readonly string Claims = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "payflow-ports")).FullName;
    private static readonly ConcurrentDictionary<int, FileStream> Given = [];

    /// <summary>A port that nobody listens on, and that is given to nobody else: not in this process, and in no other while this one lives.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < Last - First; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, Last + 1);   // not in turn: test processes run side by side
            if (IsFree(port) && TryClaim(port))
                return port;
        }

        throw new InvalidOperationException($"No free port from {First} to {Last}.");
    }

    // The kernel gives the lock up with the process, however that ends.
    private static bool TryClaim(int port)
    {
        try
        {
            return Given.TryAdd(port, new FileStream(Path.Combine(Claims, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException)
        {
            return false;   // another test process has it
        }
    }

    private static bool IsFree(int port)
    {
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
