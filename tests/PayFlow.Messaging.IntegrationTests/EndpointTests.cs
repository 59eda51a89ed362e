using PayFlow.Messaging.IntegrationTests.Support;
using PayFlow.Testing;
using Xunit;

namespace PayFlow.Messaging.IntegrationTests;

public sealed class EndpointTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another key")]
    public async Task Endpoints_WithoutTheOperatorsKey_Refuse(string? key)
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("PayFlow:CrashPoints", "on"));
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, "/internal/outbox"), (HttpMethod.Post, "/internal/outbox/republish"), (HttpMethod.Get, "/internal/dead-letters"),
            (HttpMethod.Post, "/internal/dead-letters/x.0.1/replay"), (HttpMethod.Post, "/internal/crash-points/outbox.relay.read"),
        })
        {
            using var answer = await host.OpsAsync(method, path, key);
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task Endpoints_WhenNoKeyIsConfigured_AreOpenToNobody()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync(("OpsKey", ""));
        using var answer = await host.OpsAsync(HttpMethod.Get, "/internal/outbox", "");
        Assert.Equal(401, (int)answer.StatusCode);
    }

    [Fact]
    public async Task CrashPoints_UnlessTurnedOn_AreNotThere()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        using var answer = await host.OpsAsync(HttpMethod.Post, "/internal/crash-points/outbox.relay.read");
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Replay_OfWhatIsNotThere_IsNotFound()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        await using var host = await bed.StartAsync();
        foreach (var id in new[] { "x", "1", $"{bed.Consumer}.0.1", $"{bed.Consumer}.9.1", "another.0.1", $"{bed.Consumer}.x.1" })
        {
            using var answer = await host.OpsAsync(HttpMethod.Post, $"/internal/dead-letters/{id}/replay");
            Assert.Equal(404, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task CrashPoint_ArmedByTheEndpoint_KillsTheProcess()
    {
        var bed = await TestBed.MakeAsync(KafkaKind.Embedded);
        var port = FreePort.Next();
        await using var doomed = bed.Process(port, ("PayFlow:CrashPoints", "on"));
        await doomed.StartAsync();
        await doomed.WaitForHealthAsync(new Uri($"http://127.0.0.1:{port}"));
        using var operators = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        operators.DefaultRequestHeaders.Add("X-Ops-Key", TestBed.OpsKey);
        (await operators.PostAsync(new Uri("/internal/crash-points/outbox.relay.read", UriKind.Relative), null)).EnsureSuccessStatusCode();

        await using var host = await bed.StartAsync(("Test:Relays", "false"));
        await host.WriteAsync(TestHost.TestIds.Next(new Random(1)));
        await TestBed.UntilAsync(() => Task.FromResult(!doomed.IsRunning), () => Task.FromResult("it lives"));
        Assert.Equal(137, doomed.ExitCode);
    }
}
