using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace PayFlow.Auth.IntegrationTests.Webhooks;

/// <summary>A webhook that came.</summary>
internal sealed record Received(string Name, bool Verified, string Id, string? Type, byte[] Body, JsonObject Headers, long At);

/// <summary>
/// A merchant's server: receiver/receiver.cjs, which verifies with npm's <c>standardwebhooks</c>. Its packages are installed once per lock file, into PayFlow's cache folder
/// outside the tree.
/// </summary>
internal sealed class Receiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly SemaphoreSlim Installing = new(1, 1);

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

    private static string Source => Path.Combine(AppContext.BaseDirectory, "Webhooks", "receiver");

    private static string Cache =>
        Environment.GetEnvironmentVariable("PAYFLOW_CACHE") is { Length: > 0 } cache ? cache
        : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg ? Path.Combine(xdg, "payflow")
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "payflow");

    public static async Task<Receiver> StartAsync()
    {
        var folder = await InstallAsync();
        var script = Path.Combine(folder, "receiver.cjs");
        var process = Start("node", [script], folder);
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

    private static async Task<string> InstallAsync()
    {
        await Installing.WaitAsync();
        try
        {
            string[] files = ["package.json", "package-lock.json", "receiver.cjs"];
            var sources = await Task.WhenAll(files.Select(file => File.ReadAllBytesAsync(Path.Combine(Source, file))));
            var folder = Path.Combine(Cache, "webhook-receiver-" + Convert.ToHexStringLower(SHA256.HashData([.. sources.SelectMany(source => source)]))[..12]);
            if (Directory.Exists(folder))
            {
                return folder;
            }

            // Beside it and then renamed, so that an interrupted installation is never taken for a finished one.
            var unfinished = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
            foreach (var file in files)
            {
                File.Copy(Path.Combine(Source, file), Path.Combine(unfinished, file), overwrite: true);
            }

            await InstallAsync(unfinished);
            try
            {
                Directory.Move(unfinished, folder);
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                Directory.Delete(unfinished, recursive: true);   // another run was faster
            }

            return folder;
        }
        finally
        {
            Installing.Release();
        }
    }

    private static async Task InstallAsync(string folder)
    {
        using var npm = Start("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
        var errors = npm.StandardError.ReadToEndAsync();
        await npm.StandardOutput.ReadToEndAsync();
        await npm.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(npm.ExitCode == 0, $"npm ci failed: {await errors}");
    }

    private static Process Start(string program, string[] arguments, string folder)
    {
        var process = new Process { StartInfo = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true } };
        try
        {
            process.Start();
            return process;
        }
        catch (Win32Exception)
        {
            process.Dispose();
            throw new InvalidOperationException($"This test needs Node.js 20 or newer, and {program} is not on the PATH: install it (eng/payflow up does), then run the test again.");
        }
    }
}
