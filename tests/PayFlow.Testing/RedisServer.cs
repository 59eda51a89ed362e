namespace PayFlow.Testing;

/// <summary>A Redis server of its own, in memory: a kill loses what it holds, as it may.</summary>
public sealed class RedisServer : LocalServer
{
    private static readonly Lazy<Task<RedisServer>> Shared = new(StartNewAsync);

    private RedisServer() : base("redis")
    {
    }

    /// <summary>Starts a server of the caller's own, to be killed and disposed at will.</summary>
    public static async Task<RedisServer> StartNewAsync()
    {
        var server = new RedisServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>The server that all tests of this process share. Not to be killed, and nobody's keys alone.</summary>
    public static Task<RedisServer> SharedAsync() => Shared.Value;
}
