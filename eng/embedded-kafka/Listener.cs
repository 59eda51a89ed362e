using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PayFlow.EmbeddedKafka;

/// <summary>
/// Moves a listening socket of this process to another port, behind the back of the code that opened it. The mock cluster only listens on
/// a random port and offers no way to choose; clients need one that is known before the start and is the same after a restart. A relay
/// in front would copy every byte twice; replacing the socket under its file descriptor costs nothing.
/// </summary>
internal static partial class Listener
{
    private const int Backlog = 128;
    private const int HighestDescriptor = 1024;
    private const int AddressSize = 128;   // sizeof(struct sockaddr_storage)

    /// <summary>Makes the socket that listens on <paramref name="from"/> listen on 127.0.0.1:<paramref name="to"/> instead.</summary>
    /// <exception cref="SocketException">The new port is taken.</exception>
    public static void Move(int from, int to)
    {
        var descriptor = Find(from);
        using var replacement = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        replacement.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);   // as the mock cluster does: connections in TIME_WAIT don't count
        replacement.Bind(new IPEndPoint(IPAddress.Loopback, to));
        replacement.Listen(Backlog);
        if (Duplicate((int)replacement.Handle, descriptor) != descriptor)
            throw new SocketException(Marshal.GetLastPInvokeError());
    }

    private static int Find(int port)
    {
        var address = new byte[AddressSize];
        for (var descriptor = 0; descriptor < HighestDescriptor; descriptor++)
        {
            var size = AddressSize;
            // struct sockaddr_in: two bytes of family, then the port in network order
            if (GetSocketName(descriptor, address, ref size) == 0 && BinaryPrimitives.ReadUInt16BigEndian(address.AsSpan(2)) == port)
                return descriptor;
        }
        throw new InvalidOperationException($"No socket of this process listens on port {port}.");
    }

    [LibraryImport("libc", EntryPoint = "getsockname")]
    private static partial int GetSocketName(int socket, [Out] byte[] address, ref int size);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);
}
