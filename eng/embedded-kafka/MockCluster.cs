using System.Net;
using System.Text;

namespace PayFlow.EmbeddedKafka;

/// <summary>One Kafka broker in memory: librdkafka's mock cluster, moved to a port of our choice.</summary>
internal sealed class MockCluster : IDisposable
{
    private const int Broker = 1;

    private readonly nint _handle;
    private readonly nint _cluster;

    public MockCluster()
    {
        var error = new byte[512];
        var configuration = Librdkafka.NewConfiguration();
        var accepted = Librdkafka.Configure(configuration, "log_level", "4", error, error.Length) == 0;   // warnings: this client talks to nobody, and would say so
        _handle = accepted ? Librdkafka.New(Librdkafka.Producer, configuration, error, error.Length) : 0;
        if (_handle == 0)
            throw new InvalidOperationException($"librdkafka does not start: {Encoding.UTF8.GetString(error).TrimEnd('\0')}");
        _cluster = Librdkafka.NewCluster(_handle, brokers: 1);
        if (_cluster == 0)
            throw new InvalidOperationException("librdkafka could not start a mock cluster; its reason stands above.");
        Librdkafka.SetController(_cluster, Broker);
    }

    /// <summary>Creates a topic.</summary>
    /// <exception cref="InvalidOperationException">The name is taken or not allowed.</exception>
    public void CreateTopic(Topic topic)
    {
        var error = Librdkafka.CreateTopic(_cluster, topic.Name, topic.Partitions, replicationFactor: 1);
        if (error != 0)
            throw new InvalidOperationException($"Topic {topic.Name} with {topic.Partitions} partitions: {Librdkafka.Describe(error)}");
    }

    /// <summary>Starts to listen on 127.0.0.1:<paramref name="port"/>, and tells clients that the broker lives there.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">The port is taken.</exception>
    public void Listen(int port)
    {
        var random = IPEndPoint.Parse(Librdkafka.Bootstraps(_cluster)).Port;
        Librdkafka.SetAdvertisedAddress(_cluster, Broker, "127.0.0.1", port);
        Listener.Move(random, port);
        // A group of one should not wait three seconds for company. It also wakes the cluster's thread, which still polls the old socket.
        Librdkafka.SetInitialRebalanceDelayMs(_cluster, 0);
    }

    public void Dispose()
    {
        Librdkafka.DestroyCluster(_cluster);
        Librdkafka.Destroy(_handle);
    }
}
