using System.Runtime.InteropServices;

namespace PayFlow.EmbeddedKafka;

/// <summary>The few functions of librdkafka (rdkafka.h, rdkafka_mock.h) that run a mock cluster.</summary>
internal static partial class Librdkafka
{
    private const string Library = "librdkafka";

    public const int Producer = 0;

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint NewConfiguration();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Configure(nint configuration, string name, string value, [Out] byte[] error, nint errorSize);

    /// <summary>Takes ownership of the configuration. Null means failure, explained in <paramref name="error"/>.</summary>
    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint New(int type, nint configuration, [Out] byte[] error, nint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void Destroy(nint handle);

    [LibraryImport(Library, EntryPoint = "rd_kafka_err2str")]
    private static partial nint ErrorName(int error);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_new")]
    public static partial nint NewCluster(nint handle, int brokers);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_destroy")]
    public static partial void DestroyCluster(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_cluster_bootstraps")]
    private static partial nint ClusterBootstraps(nint cluster);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_set_controller_id")]
    public static partial void SetController(nint cluster, int broker);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_group_initial_rebalance_delay_ms")]
    public static partial void SetInitialRebalanceDelayMs(nint cluster, int delayMs);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_broker_set_host_port", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetAdvertisedAddress(nint cluster, int broker, string host, int port);

    [LibraryImport(Library, EntryPoint = "rd_kafka_mock_topic_create", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int CreateTopic(nint cluster, string topic, int partitions, int replicationFactor);

    public static string Describe(int error) => Marshal.PtrToStringUTF8(ErrorName(error)) ?? $"error {error}";

    /// <summary><c>127.0.0.1:port</c> of each broker, separated by commas.</summary>
    public static string Bootstraps(nint cluster) => Marshal.PtrToStringUTF8(ClusterBootstraps(cluster)) ?? "";
}
