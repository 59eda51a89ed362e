// A Kafka broker in memory, for development and tests.
using System.Net.Sockets;
using System.Runtime.InteropServices;
using PayFlow.EmbeddedKafka;

var stopped = new TaskCompletionSource();
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
try
{
    var options = Options.Parse(args);
    using var cluster = new MockCluster();
    foreach (var topic in options.Topics)
        cluster.CreateTopic(topic);

    Console.WriteLine("Embedded Kafka: librdkafka's mock cluster. In memory only: when it stops or dies, topics, messages and group offsets are gone; publish again with 'eng/payflow republish'.");
    Console.WriteLine("Each partition keeps 5 MiB or 100,000 batches, then drops the oldest silently. Transactions and idempotence are hollow. Not for load runs: set KAFKA_HOME for Apache Kafka.");
    cluster.Listen(options.Port);
    Console.WriteLine($"Ready on 127.0.0.1:{options.Port} with {options.Topics.Count} topics.");

    if (options.TopicsFromInput)
        new Thread(() => CreateFromInput(cluster)) { IsBackground = true }.Start();   // reading the console blocks
    await stopped.Task;
    return 0;
}
catch (Exception failure) when (failure is SocketException or FormatException or InvalidOperationException or DllNotFoundException)
{
    Console.Error.WriteLine($"Embedded Kafka: {failure.Message}");
    return 1;
}

// Answers each line with one of its own, so that whoever writes it knows when the topic is there.
void CreateFromInput(MockCluster cluster)
{
    while (Console.ReadLine() is { } line)
    {
        try
        {
            cluster.CreateTopic(Topic.Parse(line));
            Console.WriteLine($"Created {line}");
        }
        catch (Exception failure) when (failure is FormatException or InvalidOperationException)
        {
            Console.WriteLine($"Refused {line}: {failure.Message}");
        }
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;   // end by the way out of Main, not by the default action
    stopped.TrySetResult();
}
