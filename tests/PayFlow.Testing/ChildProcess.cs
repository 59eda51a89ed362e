using System.Diagnostics;

namespace PayFlow.Testing;

/// <summary>A process of a test: started, killed as by a crash, started again, and surely gone when the test process is.</summary>
public abstract class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly List<string> _log = [];
    private Process? _process;

    /// <summary>What the process wrote so far, both streams, over all its starts.</summary>
    public IReadOnlyList<string> Log
    {
        get { lock (_lock) return [.. _log]; }
    }

    /// <summary>Whether the process runs now.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>How the last start ended; null while it runs.</summary>
    public int? ExitCode => _process is { HasExited: true } ended ? ended.ExitCode : null;

    /// <summary>SIGKILL, as a crash would, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        if (_process is not { HasExited: false } process)
            return;
        ProcessStarter.KillProcess(process);
        try
        {
            await EndAsync(process, TimeSpan.FromSeconds(10));
        }
        catch (TimeoutException)
        {
            ProcessStarter.KillSession(process.Id);   // something it started does not notice
            await EndAsync(process, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>SIGTERM, as an operator would, and waits until the process has ended by itself.</summary>
    /// <param name="patience">How long it may take; 30 s unless told.</param>
    /// <exception cref="TimeoutException">It did not end in time; it is killed then.</exception>
    public async Task StopAsync(TimeSpan? patience = null)
    {
        if (_process is not { HasExited: false } process)
            return;
        ProcessStarter.AskToStop(process);
        try
        {
            await EndAsync(process, patience ?? TimeSpan.FromSeconds(30));
        }
        catch (TimeoutException)
        {
            await KillAsync();
            throw new TimeoutException($"{this} did not end on SIGTERM. It wrote:\n{Tail()}");
        }
    }

    /// <summary>Waits for a line that the process writes, or has written since its first start.</summary>
    /// <param name="wanted">Whether a line is the one.</param>
    /// <param name="patience">How long to wait; 30 s unless told.</param>
    /// <exception cref="TimeoutException">No such line came in time.</exception>
    public async Task<string> WaitForLineAsync(Func<string, bool> wanted, TimeSpan? patience = null)
    {
        string? found = null;
        await WaitAsync(() => Task.FromResult((found = Log.FirstOrDefault(wanted)) is not null), "write the line that was waited for", patience ?? TimeSpan.FromSeconds(30));
        return found!;
    }

    /// <summary>Kills the process and everything it started.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_process is not { } process)
            return;
        if (!process.HasExited)
        {
            ProcessStarter.KillSession(process.Id);
            await EndAsync(process, Timeout.InfiniteTimeSpan);
        }
        process.Dispose();
        _process = null;
    }

    private protected async Task LaunchAsync(string command, IEnumerable<string> arguments, string folder, IEnumerable<KeyValuePair<string, string?>> environment)
    {
        if (IsRunning)
            throw new InvalidOperationException($"{this} runs already.");
        _process?.Dispose();
        _process = await ProcessStarter.StartAsync(command, arguments, folder, environment, line =>
        {
            lock (_lock)
                _log.Add(line);
        });
    }

    /// <summary>Asks again and again until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It stayed no.</exception>
    /// <exception cref="InvalidOperationException">The process ended first.</exception>
    private protected async Task WaitAsync(Func<Task<bool>> isReached, string what, TimeSpan patience)
    {
        var watch = Stopwatch.StartNew();
        while (!await isReached())
        {
            if (!IsRunning)
                throw new InvalidOperationException($"{this} ended before it did {what}. It wrote:\n{Tail()}");
            if (watch.Elapsed > patience)
                throw new TimeoutException($"{this} did not {what} within {patience.TotalSeconds} s. It wrote:\n{Tail()}");
            await Task.Delay(Pause);
        }
    }

    // The output ends when the last process that writes to it has ended: what the process started is gone then, too.
    private static async Task EndAsync(Process process, TimeSpan patience)
    {
        await process.WaitForExitAsync().WaitAsync(patience);
        ProcessStarter.Forget(process);
    }

    private protected async Task SayAsync(string line)
    {
        await _process!.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    private protected string Tail() => string.Join('\n', Log.TakeLast(30));
}
