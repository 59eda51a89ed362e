using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>Where a channel's connection stands.</summary>
public enum ConnectivityState
{
    Idle,
    Connecting,
    Ready,
    TransientFailure,
    Shutdown,
}

public static class AsyncStreamReaderExtensions
{
    /// <summary>The rest of the stream, for "await foreach".</summary>
    public static IAsyncEnumerable<T> ReadAllAsync<T>(this IAsyncStreamReader<T> streamReader, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(streamReader);
        return Read(streamReader, cancellationToken);

        static async IAsyncEnumerable<T> Read(IAsyncStreamReader<T> reader, [EnumeratorCancellation] CancellationToken cancel)
        {
            while (await reader.MoveNext(cancel).ConfigureAwait(false))
                yield return reader.Current;
        }
    }
}
