using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace PayFlow.Standins.Launcher.IntegrationTests;

public sealed class LauncherTests
{
    [Fact]
    public async Task Start_OfEverything_FollowsTheWaits()
    {
        await using var system = await SampleSystem.StartAndWaitAsync([]);

        string[] inOrder = ["server | server is ready", "server is healthy", "job has finished", "service is healthy", "front is healthy", "everything is up"];
        var places = inOrder.Select(line => SpacesCollapsed(system.Output).IndexOf(line, StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Contains("server is ready", await File.ReadAllTextAsync(Path.Combine(system.State, "logs", "server.log")), StringComparison.Ordinal);
        Assert.Equal((await system.ResourceAsync("front")).GetProperty("pid").GetInt32().ToString(), await File.ReadAllTextAsync(Path.Combine(system.State, "run", "front.pid")));
    }

    [Fact]
    public async Task Dependent_OfAFailedJob_DoesNotStart()
    {
        await using var system = SampleSystem.Start(["--job:exit-code", "3"]);

        Assert.Equal(HttpStatusCode.InternalServerError, await system.WhenDecidedAsync());

        var service = await system.ResourceAsync("service");
        Assert.Equal("FailedToStart", service.GetProperty("state").GetString());
        Assert.Equal("it needs job, and job ended with exit code 3", service.GetProperty("reason").GetString());
        Assert.Equal("FailedToStart", (await Eventually(() => system.ResourceAsync("front"), front => front.GetProperty("state").GetString() == "FailedToStart")).GetProperty("state").GetString());
        Assert.Equal("Running", (await system.ResourceAsync("server")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Project_IsGivenTheEnvironment_ThatAspireWouldGiveIt()
    {
        await using var system = await SampleSystem.StartAndWaitAsync([], new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Staging",
            ["ASPNETCORE_URLS"] = "http://localhost:1",
            ["INHERITED"] = "yes",
        });

        var front = await system.EnvironmentOfAsync("front");
        var service = await system.EnvironmentOfAsync("service");

        Assert.Equal($"http://localhost:{system.FirstPort + 43}", front["services__service__http__0"]);
        Assert.Equal($"http://localhost:{system.FirstPort + 44}", front["services__service__grpc__0"]);
        Assert.Equal(front["services__service__http__0"], front["SERVICE_HTTP"]);
        Assert.Equal($"http://localhost:{system.FirstPort + 45}", front["Kestrel__Endpoints__http__Url"]);
        Assert.Equal($"http://localhost:{system.FirstPort + 46}", front["Kestrel__Endpoints__grpc__Url"]);
        Assert.Equal($"Host=localhost;Port={system.FirstPort + 41};Password={front["SECRET"]}", service["ConnectionStrings__database"]);
        Assert.Equal($"secret {front["SECRET"]}", front["GREETING"]);
        Assert.Equal(24, front["SECRET"].Length);
        Assert.Equal("yes", front["INHERITED"]);
        Assert.Equal(("Development", "yes", "http"), (front["ASPNETCORE_ENVIRONMENT"], front["FROM_PROFILE"], front["DOTNET_LAUNCH_PROFILE"]));
        Assert.Equal("front", front["OTEL_SERVICE_NAME"]);
        Assert.DoesNotContain("DOTNET_ENVIRONMENT", front.Keys);
        Assert.DoesNotContain("ASPNETCORE_URLS", front.Keys);
        Assert.DoesNotContain("OTEL_EXPORTER_OTLP_ENDPOINT", front.Keys);
    }

    [Fact]
    public async Task Collector_OfTheAppHost_IsTheServicesCollector()
    {
        await using var system = await SampleSystem.StartAndWaitAsync([], new Dictionary<string, string> { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://localhost:4317" });

        Assert.Equal("http://localhost:4317", (await system.EnvironmentOfAsync("front"))["OTEL_EXPORTER_OTLP_ENDPOINT"]);
    }

    [Fact]
    public async Task Parameter_ThatWasGenerated_IsTheSameAtTheNextStart()
    {
        await using var first = await SampleSystem.StartAndWaitAsync([]);
        var secret = (await first.EnvironmentOfAsync("front"))["SECRET"];
        first.Signal(PosixSignal.SIGTERM);
        await first.ExitAsync();

        var second = await SampleSystem.StartAndWaitAsync([], like: first);
        var again = (await second.EnvironmentOfAsync("front"))["SECRET"];
        second.Signal(PosixSignal.SIGTERM);

        Assert.Equal(0, await second.ExitAsync());
        Assert.Equal(secret, again);
    }

    [Theory]
    [InlineData(PosixSignal.SIGINT, "false")]
    [InlineData(PosixSignal.SIGTERM, "true")]
    public async Task Signal_ToTheLauncher_LeavesNothingRunning(PosixSignal signal, string deafServer)
    {
        await using var system = await SampleSystem.StartAndWaitAsync(["--deaf", deafServer]);
        var pids = await system.PidsAsync();
        Assert.Equal(3, pids.Count);

        system.Signal(signal);

        Assert.Equal(0, await system.ExitAsync());
        Assert.All(pids, pid => Assert.Empty(GroupOf(pid)));
        Assert.Contains("everything has stopped", system.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(system.State, "control.sock")));
    }

    [Fact]
    public async Task KilledLauncher_LeavesNothingRunning()
    {
        await using var system = await SampleSystem.StartAndWaitAsync(["--deaf", "true"]);
        var pids = await system.PidsAsync();

        system.Kill();
        await system.ExitAsync();

        await Eventually(() => Task.FromResult(pids.SelectMany(GroupOf).Count()), running => running == 0);
    }

    [Fact]
    public async Task KilledResource_IsShownDead_AndStartsAgainWithTheSameEnvironment()
    {
        await using var system = await SampleSystem.StartAndWaitAsync([]);
        var before = await system.EnvironmentOfAsync("front");
        var pid = (await system.ResourceAsync("front")).GetProperty("pid").GetInt32();

        Assert.Equal(HttpStatusCode.OK, (await system.PostAsync("/resources/front/kill")).Status);

        var dead = await system.ResourceAsync("front");
        Assert.Equal(("Exited", 137), (dead.GetProperty("state").GetString(), dead.GetProperty("exit_code").GetInt32()));
        Assert.Empty(GroupOf(pid));
        Assert.Equal(HttpStatusCode.Conflict, (await system.PostAsync("/resources/front/kill")).Status);

        Assert.Equal(HttpStatusCode.OK, (await system.PostAsync("/resources/front/start")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await system.PostAsync("/resources/front/start")).Status);
        Assert.Equal(HttpStatusCode.OK, await system.WhenDecidedAsync());

        var after = await system.EnvironmentOfAsync("front");
        Assert.NotEqual(pid, (await system.ResourceAsync("front")).GetProperty("pid").GetInt32());
        Assert.Equal(before.OrderBy(pair => pair.Key, StringComparer.Ordinal), after.OrderBy(pair => pair.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Command_OfAResource_IsSentToIt()
    {
        await using var system = await SampleSystem.StartAndWaitAsync([]);
        var secret = (await system.EnvironmentOfAsync("front"))["SECRET"];

        Assert.Equal((HttpStatusCode.OK, $"front do-it: 200 done with {secret}"), await system.PostAsync("/resources/front/commands/do-it"));
        Assert.Equal((HttpStatusCode.OK, $"front do-it: 200 done with {secret}"), await system.PostAsync("/commands/do-it"));
        Assert.Equal(HttpStatusCode.Conflict, (await system.PostAsync("/resources/service/commands/do-it")).Status);
        Assert.Equal(HttpStatusCode.Conflict, (await system.PostAsync("/resources/nobody/commands/do-it")).Status);
    }

    [Fact]
    public async Task Start_WithAPortTakenAndAProgramMissing_NamesBothAndStartsNothing()
    {
        await using var running = await SampleSystem.StartAndWaitAsync([]);
        await using var system = SampleSystem.Start(["--server", "no-such-program", "--ports:first", $"{running.FirstPort}"]);

        Assert.Equal(1, await system.ExitAsync());
        Assert.Contains($"Port {running.FirstPort + 45} (front http) is in use by another process", system.Output, StringComparison.Ordinal);
        Assert.Contains("server can't start: no-such-program is missing", system.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(system.State, "run", "server.pid")));
    }

    [Fact]
    public async Task SecondLauncher_FromTheSameStateDirectory_IsRefused()
    {
        await using var first = await SampleSystem.StartAndWaitAsync([]);
        var second = SampleSystem.Start([], like: first);

        Assert.Equal(1, await second.ExitAsync());
        Assert.Contains("PayFlow runs already from", second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await first.WhenDecidedAsync());
    }

    private static string SpacesCollapsed(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Every process of a group that has not ended; a zombie has.</summary>
    private static IEnumerable<int> GroupOf(int group) =>
        from directory in Directory.GetDirectories("/proc")
        where int.TryParse(Path.GetFileName(directory), out _)
        let stat = Stat(directory)
        where stat is not null && stat[0] != "Z" && stat[2] == $"{group}"
        select int.Parse(Path.GetFileName(directory));

    /// <summary>State, parent, group, … of /proc/PID/stat; null when the process ended meanwhile.</summary>
    private static string[]? Stat(string directory)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(directory, "stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<T> Eventually<T>(Func<Task<T>> look, Func<T, bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            var seen = await look();
            if (condition(seen))
                return seen;
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"after {clock.Elapsed} still {seen}");
            await Task.Delay(50);
        }
    }
}
