// A Kafka broker in memory, for development and tests: PayFlow.EmbeddedKafka PORT [name:partitions,...]
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PayFlow.EmbeddedKafka;

if (args is not [var portText, ..] || args.Length > 2 || !ushort.TryParse(portText, CultureInfo.InvariantCulture, out var port) || port == 0)
{
    Console.Error.WriteLine("Usage: PayFlow.EmbeddedKafka PORT [name:partitions,...]");
    return 2;
}

var stopped = new TaskCompletionSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    using var cluster = new MockCluster();
    var topics = Topic.ParseList(args.ElementAtOrDefault(1));
    foreach (var topic in topics)
        cluster.CreateTopic(topic);

    Console.WriteLine("Embedded Kafka: librdkafka's mock cluster. In memory only: when it stops or dies, topics, messages and group offsets are gone; publish again with 'eng/payflow republish'.");
    Console.WriteLine("Each partition keeps 5 MiB or 100,000 batches, then drops the oldest silently. Transactions and idempotence are hollow. Not for load runs: set KAFKA_HOME for Apache Kafka.");
    cluster.Listen(port);
    Console.WriteLine($"Ready on 127.0.0.1:{port} with {topics.Count} topics.");
    await stopped.Task;
    return 0;
}
catch (Exception failure) when (failure is SocketException or FormatException or InvalidOperationException or DllNotFoundException)
{
    Console.Error.WriteLine($"Embedded Kafka on port {port}: {failure.Message}");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;   // end by the way out of Main, not by the default action
    stopped.TrySetResult();
}
