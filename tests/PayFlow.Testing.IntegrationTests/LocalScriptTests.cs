using System.Diagnostics;
using System.Globalization;

namespace PayFlow.Testing.IntegrationTests;

/// <summary>What eng/local says when it cannot start a server.</summary>
public sealed class LocalScriptTests
{
    [Theory]
    [InlineData("postgres")]
    [InlineData("redis")]
    [InlineData("kafka")]
    public async Task Start_WithoutPort_SaysHowToUseIt(string server)
    {
        var (code, output) = await RunAsync(server, [], []);

        Assert.Equal(1, code);
        Assert.Contains($"usage: eng/local/{server} PORT", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_PortTaken_SaysSo()
    {
        var redis = await RedisServer.SharedAsync();

        var (code, output) = await RunAsync("redis", [redis.Port.ToString(CultureInfo.InvariantCulture)], []);

        Assert.Equal(1, code);
        Assert.Contains($"port {redis.Port} on 127.0.0.1 is taken already", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redis_NotInstalled_SaysWhatToInstall()
    {
        // A PATH with what the script itself needs, and without redis-server.
        var tools = Directory.CreateTempSubdirectory("payflow-path-");
        foreach (var tool in (string[])["bash", "dirname", "basename", "mkdir", "env"])
            File.CreateSymbolicLink(Path.Combine(tools.FullName, tool), $"/usr/bin/{tool}");

        var (code, output) = await RunAsync("redis", [FreePort.Next().ToString(CultureInfo.InvariantCulture)], new() { ["PATH"] = tools.FullName });
        tools.Delete(recursive: true);

        Assert.Equal(1, code);
        Assert.Contains("sudo apt-get install redis-server", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Postgres_WithoutPassword_SaysSo()
    {
        var (code, output) = await RunAsync("postgres", [FreePort.Next().ToString(CultureInfo.InvariantCulture)], new() { ["PAYFLOW_PG_PASSWORD"] = null });

        Assert.Equal(1, code);
        Assert.Contains("PAYFLOW_PG_PASSWORD is not set", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kafka_HomeWithoutKafka_SaysSo()
    {
        var (code, output) = await RunAsync("kafka", [FreePort.Next().ToString(CultureInfo.InvariantCulture)], new() { ["KAFKA_HOME"] = "/nowhere" });

        Assert.Equal(1, code);
        Assert.Contains("KAFKA_HOME=/nowhere holds no Apache Kafka", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EmbeddedKafka_BadTopic_SaysHowToWriteIt()
    {
        var (code, output) = await RunAsync("kafka", [FreePort.Next().ToString(CultureInfo.InvariantCulture)],
            new() { ["KAFKA_HOME"] = null, ["PAYFLOW_KAFKA_TOPICS"] = "payments" });

        Assert.Equal(1, code);
        Assert.Contains("write name:partitions", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string server, string[] arguments, Dictionary<string, string?> environment)
    {
        using var process = new Process { StartInfo = new(Repository.Path("eng", "local", server), arguments) { RedirectStandardOutput = true, RedirectStandardError = true } };
        foreach (var (name, value) in environment)
            process.StartInfo.Environment[name] = value;
        process.Start();
        var output = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, string.Concat(await output));
    }
}
