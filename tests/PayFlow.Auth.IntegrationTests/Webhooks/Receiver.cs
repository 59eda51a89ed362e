using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using PayFlow.Testing;

namespace PayFlow.Auth.IntegrationTests.Webhooks;

/// <summary>A webhook that came.</summary>
internal sealed record Received(string Name, bool Verified, string Id, string? Type, byte[] Body, JsonObject Headers, long At);

/// <summary>A merchant's server: receiver/receiver.cjs, which verifies with npm's <c>standardwebhooks</c>.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private static readonly NodeProgram Program = new(Path.Combine("tests", "PayFlow.Auth.IntegrationTests", "Webhooks", "receiver"));

    private readonly Process process;
    private readonly ConcurrentQueue<Received> received = new();
    private readonly HttpClient http;
    private readonly Task reading;

    private Receiver(Process process, int port)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        reading = ReadAsync();
    }

    public static async Task<Receiver> StartAsync()
    {
        var process = await Program.StartAsync("receiver.cjs");
        var first = await process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30));
        return first is null
            ? throw new InvalidOperationException($"The receiver did not start: {await process.StandardError.ReadToEndAsync()}")
            : new Receiver(process, (int)JsonNode.Parse(first)!["port"]!);
    }

    /// <summary>Where webhooks of a name go.</summary>
    public Uri Url(string name) => new(http.BaseAddress!, $"/hooks/{name}");

    /// <summary>How a name answers from now on.</summary>
    public async Task BehaveAsync(string name, JsonObject behaviour)
    {
        using var answer = await http.PutAsJsonAsync(Url(name), behaviour);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>What came for a name, in order.</summary>
    public IReadOnlyList<Received> Of(string name) => [.. received.Where(webhook => webhook.Name == name)];

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        process.Kill();
        await reading;
        process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            var webhook = JsonNode.Parse(line)!;
            var headers = webhook["headers"]!.AsObject();
            received.Enqueue(new Received(
                (string)webhook["name"]!, (bool)webhook["verified"]!, (string?)headers["webhook-id"] ?? "", (string?)webhook["event"]?["type"],
                Convert.FromBase64String((string)webhook["body"]!), headers, (long)webhook["at"]!));
        }
    }
}
