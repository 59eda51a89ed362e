using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PayFlow.Standins.Launcher.IntegrationTests;

/// <summary>The sample AppHost as a process of its own, with a state directory, ports and user secrets of its own.</summary>
public sealed class SampleSystem : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Host = typeof(SampleSystem).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "SampleHost").Value!;

    private readonly Process _process;
    private readonly HttpClient _control;
    private readonly StringBuilder _output = new();

    private SampleSystem(string state, int firstPort, IReadOnlyDictionary<string, string> environment, string[] arguments)
    {
        State = state;
        FirstPort = firstPort;
        // A test run in the background is started with SIGINT ignored, and would hand that on; a terminal doesn't.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", "exec", Host, "--state", state, "--ports:first", $"{firstPort}", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["APPDATA"] = Path.Combine(state, "secrets");   // where user secrets are, before $HOME
        start.Environment.Remove("OTEL_EXPORTER_OTLP_ENDPOINT");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Collect;
        _process.ErrorDataReceived += Collect;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _control = new(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new("http://payflow") };
    }

    public string State { get; }

    public int FirstPort { get; }

    public int Pid => _process.Id;

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts the sample; <paramref name="like"/> gives it the state directory and the ports of an earlier one.</summary>
    public static SampleSystem Start(string[] arguments, IReadOnlyDictionary<string, string>? environment = null, SampleSystem? like = null) =>
        new(like?.State ?? Directory.CreateTempSubdirectory("payflow-launcher-").FullName, like?.FirstPort ?? FreePorts(), environment ?? new Dictionary<string, string>(), arguments);

    public static async Task<SampleSystem> StartAndWaitAsync(string[] arguments, IReadOnlyDictionary<string, string>? environment = null, SampleSystem? like = null)
    {
        var system = Start(arguments, environment, like);
        Assert.Equal(HttpStatusCode.OK, await system.WhenDecidedAsync());
        return system;
    }

    /// <summary>Waits until everything is well (200) or something has failed (500).</summary>
    public async Task<HttpStatusCode> WhenDecidedAsync()
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Assert.False(_process.HasExited, Output);
            if (await ReadyAsync(limit.Token) is { } status and not HttpStatusCode.ServiceUnavailable)
                return status;
            await Task.Delay(50, limit.Token);
        }
    }

    /// <summary>Null while its control socket is not there yet.</summary>
    private async Task<HttpStatusCode?> ReadyAsync(CancellationToken cancel)
    {
        try
        {
            using var answer = await _control.GetAsync("/ready", cancel);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>The launcher's view of one resource.</summary>
    public async Task<JsonElement> ResourceAsync(string name)
    {
        var status = JsonDocument.Parse(await _control.GetStringAsync("/status"));
        return status.RootElement.GetProperty("resources").EnumerateArray().Single(resource => resource.GetProperty("name").GetString() == name);
    }

    public async Task<(HttpStatusCode Status, string Answer)> PostAsync(string path)
    {
        using var answer = await _control.PostAsync(path, content: null);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>What the front service was given.</summary>
    public async Task<Dictionary<string, string>> EnvironmentOfAsync(string name)
    {
        using var client = new HttpClient();
        var address = (await ResourceAsync(name)).GetProperty("addresses").EnumerateArray().Select(url => url.GetString()!).Single(url => url.EndsWith($":{FirstPort + (name == "front" ? 45 : 43)}", StringComparison.Ordinal));
        return JsonSerializer.Deserialize<Dictionary<string, string>>(await client.GetStringAsync(new Uri(address + "/environment")))!;
    }

    public async Task<IReadOnlyList<int>> PidsAsync() => JsonDocument.Parse(await _control.GetStringAsync("/status")).RootElement.GetProperty("resources").EnumerateArray()
        .Select(resource => resource.GetProperty("pid")).Where(pid => pid.ValueKind == JsonValueKind.Number).Select(pid => pid.GetInt32()).ToList();

    public void Signal(PosixSignal signal) => Assert.Equal(0, kill(_process.Id, signal == PosixSignal.SIGINT ? 2 : 15));

    public void Kill() => _process.Kill();

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            Signal(PosixSignal.SIGTERM);
            await ExitAsync();
        }
        _control.Dispose();
        _process.Dispose();
        Directory.Delete(State, recursive: true);
    }

    private void Collect(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(State, "control.sock")), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The first of fifty ports, of which nobody listens on those that the sample uses.</summary>
    private static int FreePorts()
    {
        while (true)
        {
            var first = RandomNumberGenerator.GetInt32(200, 390) * 50;   // 10,000 to 19,500: other tests and the kernel take theirs above
            if (Enumerable.Range(first + 41, 6).All(IsFree))
                return first;
        }
    }

    private static bool IsFree(int port)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, port);
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
