using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using PayFlow.Demo;
using PayFlow.Demo.Books;
using PayFlow.Testing;

namespace PayFlow.SystemTests.Running;

/// <summary>
/// The whole system as a user starts it: the AppHost as a process, local servers, ports of its own, data in a new folder. What is killed or started again goes
/// through the launcher's control socket, as <c>eng/payflow kill</c> and <c>start</c> do.
/// </summary>
public sealed partial class PayFlowSystem : IAsyncDisposable
{
    private const string ApiKey = "sk_test_systemtestssystemtestssystemtests";
    public const string AdministratorKey = "ak_systemtestssystemtestssystemtests";
    private const string OpsKey = "ops-key-of-the-system-tests";

    private readonly string _state = Directory.CreateTempSubdirectory("payflow-system-").FullName;
    private readonly ServiceProcess _appHost;
    private readonly HttpClient _control;
    private readonly HttpClient _internal = new();

    private PayFlowSystem(int offset, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        Addresses = Addresses.Local(offset, ApiKey);
        Books = new BooksReader(Addresses);
        _internal.DefaultRequestHeaders.Add("X-Ops-Key", OpsKey);
        _control = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { BaseAddress = new Uri("http://payflow"), Timeout = TimeSpan.FromMinutes(2) };
        _appHost = AppHost(_state, offset, environment);
    }

    public Addresses Addresses { get; }

    public BooksReader Books { get; }

    /// <summary>Where the processes keep logs and data.</summary>
    public string State => _state;

    /// <summary>Starts the system and returns when everything is healthy.</summary>
    /// <param name="offset">Shifts every port, so that systems run side by side.</param>
    /// <param name="environment">What differs from the environment of the tests; null removes.</param>
    public static async Task<PayFlowSystem> StartAsync(int offset, params IEnumerable<KeyValuePair<string, string?>> environment)
    {
        var system = new PayFlowSystem(offset, environment);
        try
        {
            await system._appHost.StartAsync();
            await system.UntilReadyAsync(TimeSpan.FromMinutes(3));
            return system;
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public GatewayClient Client(TimeSpan? patience = null) => new(Addresses.Gateway, ApiKey, patience ?? TimeSpan.FromSeconds(90));

    /// <summary>A plain client with the merchant's key, for answers that <see cref="GatewayClient"/> would not take.</summary>
    public HttpClient Raw(string key = ApiKey)
    {
        var http = new HttpClient { BaseAddress = Addresses.Gateway };
        http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return http;
    }

    /// <summary>SIGKILL.</summary>
    public Task KillAsync(string name) => ControlAsync(HttpMethod.Post, $"/resources/{name}/kill");

    /// <summary>Starts a process again and returns when everything is healthy.</summary>
    public async Task StartAgainAsync(string name)
    {
        await ControlAsync(HttpMethod.Post, $"/resources/{name}/start");
        await UntilReadyAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>What <c>eng/payflow republish</c> does: everything that the outboxes keep is published again.</summary>
    public Task<string> RepublishAsync() => ControlAsync(HttpMethod.Post, "/commands/republish");

    /// <summary>Publishes again what was written since a time.</summary>
    public async Task RepublishAsync(DateTimeOffset from)
    {
        foreach (var service in (string[])["auth", "ledger", "batch", "reconciler"])
        {
            using var answer = await _internal.PostAsync(new Uri(Service(service), $"/internal/outbox/republish?from={Uri.EscapeDataString(from.ToString("O"))}"), null);
            answer.EnsureSuccessStatusCode();
        }
    }

    /// <summary>Makes a service kill itself at the next pass of a crash point.</summary>
    public async Task ArmAsync(string service, string crashPoint)
    {
        using var answer = await _internal.PostAsync(new Uri(Service(service), $"/internal/crash-points/{crashPoint}"), null);
        Assert.True(answer.IsSuccessStatusCode, $"{crashPoint} could not be armed: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <summary>Returns when a process has died by itself; false when it has not in the given time.</summary>
    public async Task<bool> HasDiedAsync(string name, TimeSpan atMost)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(started) < atMost)
        {
            var status = JsonNode.Parse(await ControlAsync(HttpMethod.Get, "/status"))!;
            if (status["resources"]!.AsArray().Any(resource => resource!["name"]!.GetValue<string>() == name && resource["state"]!.GetValue<string>() == "Exited"))
                return true;
            await Task.Delay(50);
        }

        return false;
    }

    /// <summary>Starts whatever an earlier test left dead, and returns when everything is healthy.</summary>
    public async Task MendAsync()
    {
        await ControlAsync(HttpMethod.Post, "/start");
        await UntilReadyAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>The books agree, for everything that was acknowledged.</summary>
    public async Task AssertBooksAgreeAsync(IReadOnlyCollection<Acknowledged> acknowledged, TimeSpan patience)
    {
        var agreement = await Agreement.WaitAsync(Books, acknowledged, patience, TimeProvider.System, CancellationToken.None);
        if (!agreement.Holds)
            Assert.Fail($"The books differ in {agreement.Differences.Count} places:\n{string.Join('\n', agreement.Differences.Take(20))}\n{Complaints()}");
    }

    /// <summary>The log of a process so far.</summary>
    public string Log(string name) => File.ReadAllText(Path.Combine(_state, "logs", $"{name}.log"));

    public async ValueTask DisposeAsync()
    {
        await _appHost.StopAsync(TimeSpan.FromSeconds(60));
        Books.Dispose();
        _control.Dispose();
        _internal.Dispose();
        await _appHost.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    // After a crash somebody takes over when a lease has run out, and an acquirer that was away is asked again when its circuit closes: in these tests soon.
    private static readonly Dictionary<string, string?> SoonAgain = new()
    {
        ["DOTNET_ENVIRONMENT"] = "Development",
        ["Auth__Executor__LeaseDuration"] = "00:00:04",
        ["Auth__Executor__RetryUpTo"] = "00:00:05",
        ["Acquirers__Resilience__Break"] = "00:00:05",
        ["Acquirers__Resilience__BreakAfterFailedTrial"] = "00:00:05",
        ["Acquirers__Resilience__RampUp"] = "00:00:05",
        ["Auth__Sweep__Interval"] = "00:00:00.250",
        ["Auth__Sweep__IntakeAge"] = "00:00:02",
        ["Gateway__ApiKeys__UsesEvery"] = "00:00:01",
        ["Batch__Claim"] = "00:00:03",
        ["Messaging__LeaseMs"] = "1000",
        ["Messaging__SessionTimeoutMs"] = "2000",
        ["Messaging__HousekeepingMs"] = "1000",
    };

    private static readonly Dictionary<string, int> HttpPorts = new()
    {
        ["gateway"] = 8080, ["sandbox"] = 5100, ["auth"] = 5101, ["ledger"] = 5111, ["fraud"] = 5121, ["batch"] = 5131, ["reconciler"] = 5141,
    };

    private Uri Service(string name) => new($"http://127.0.0.1:{HttpPorts[name] + Addresses.Gateway.Port - HttpPorts["gateway"]}");

    private async Task UntilReadyAsync(TimeSpan atMost)
    {
        var started = TimeProvider.System.GetTimestamp();
        var waiting = "the launcher";
        while (TimeProvider.System.GetElapsedTime(started) < atMost)
        {
            if (!_appHost.IsRunning)
                Assert.Fail($"The AppHost ended:\n{string.Join('\n', _appHost.Log.TakeLast(30))}");
            try
            {
                using var answer = await _control.GetAsync("/ready");
                waiting = await answer.Content.ReadAsStringAsync();
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
            }
            catch (HttpRequestException notYet)
            {
                waiting = notYet.Message;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"Not ready after {atMost.TotalSeconds:0} s: {waiting}\n{Complaints()}");
    }

    // The logs go with the system: what a failed test needs of them is said with it.
    private string Complaints()
    {
        var logs = new DirectoryInfo(Path.Combine(_state, "logs"));
        return string.Join('\n', (logs.Exists ? logs.GetFiles("*.log") : []).OrderBy(file => file.Name).SelectMany(file =>
        {
            var lines = File.ReadAllLines(file.FullName);
            // A service writes the category on one line, and what it says on the next.
            var complaints = lines.Index().Where(line => Complaint().IsMatch(line.Item)).TakeLast(8).SelectMany(line => lines.Skip(line.Index).Take(2));
            return complaints.Concat(lines.TakeLast(4)).Select(line => $"{Path.GetFileNameWithoutExtension(file.Name)}: {line[..Math.Min(line.Length, 300)]}");
        }));
    }

    [GeneratedRegex(@"\b(warn|fail|crit|WARN|ERROR|FATAL)\b|Exception")]
    private static partial Regex Complaint();

    private async Task<string> ControlAsync(HttpMethod method, string path)
    {
        using var answer = await _control.SendAsync(new HttpRequestMessage(method, path));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return text;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_state, "control.sock")), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static ServiceProcess AppHost(string state, int offset, IEnumerable<KeyValuePair<string, string?>> environment) => new(
        Repository.Assembly("PayFlow.AppHost/PayFlow.AppHost.csproj"),
        SoonAgain.Concat(environment).ToDictionary(),
        "--resources", "local", "--state", state, "--ports:offset", $"{offset}", "--crash-points", "true",
        $"--Parameters:test-api-key={ApiKey}", $"--Parameters:administrator-key={AdministratorKey}", $"--Parameters:ops-key={OpsKey}");
}
