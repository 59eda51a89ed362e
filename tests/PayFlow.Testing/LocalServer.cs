using System.Net.Sockets;

namespace PayFlow.Testing;

/// <summary>A server of <c>eng/local</c> on a free port of 127.0.0.1, with a data directory of its own that a restart finds again.</summary>
public abstract class LocalServer : ChildProcess
{
    private readonly string _script;

    private protected LocalServer(string script)
    {
        _script = script;
        State = TestDirectory.Create(script);
    }

    /// <summary>The port on 127.0.0.1; the same after a restart.</summary>
    public int Port { get; } = FreePort.Next();

    /// <summary><c>127.0.0.1:port</c>.</summary>
    public string Address => $"127.0.0.1:{Port}";

    private string State { get; }

    /// <summary>Starts the server, or starts it again on the same port and data, and returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It does not start: something is not installed, mostly. The message says what.</exception>
    public async Task StartAsync()
    {
        var environment = Environment.Append(new("PAYFLOW_STATE", State));
        await LaunchAsync(Repository.Path("eng", "local", _script), [Port.ToString(System.Globalization.CultureInfo.InvariantCulture), .. Arguments], State, environment);
        try
        {
            // Apache Kafka formats its data at the first start, and the embedded broker may have to be built.
            await WaitAsync(AnswersAsync, "open its port", TimeSpan.FromMinutes(3));
        }
        catch (Exception failure) when (failure is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"{failure.Message}\n'eng/payflow test' installs what tests need where it may, and says what to install where it may not.", failure);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        TestDirectory.Delete(State);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_script} on {Address}";

    private protected virtual IEnumerable<KeyValuePair<string, string?>> Environment => [];

    private protected virtual IEnumerable<string> Arguments => [];

    private protected virtual async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
