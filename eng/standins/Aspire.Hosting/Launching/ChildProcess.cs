using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Aspire.Hosting.Launching;

/// <summary>
/// A process in a session of its own, so that Ctrl-C at the terminal reaches the launcher alone, which then stops
/// everything in order, and so that whatever the process started can be ended with it.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    /// <summary>Between SIGTERM and SIGKILL, as Aspire's orchestrator has it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);

    /// <summary>What Aspire's orchestrator does not hand on from the AppHost's environment.</summary>
    private static readonly string[] NotInherited = ["ASPNETCORE_URLS", "DOTNET_LAUNCH_PROFILE", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPIRE_LOGLEVEL"];

    private const int SigKill = 9;
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly Task _output;

    private ChildProcess(Process process, Action<string> write)
    {
        _process = process;
        _output = Task.WhenAll(Copy(process.StandardOutput, write), Copy(process.StandardError, write));
    }

    public int Id => _process.Id;

    public static ChildProcess Start(string command, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string> environment, Action<string> write)
    {
        var start = new ProcessStartInfo("setsid", [command, .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in NotInherited)
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return new ChildProcess(process, write);
        }
        catch (Win32Exception refusal)
        {
            throw new LauncherException($"{command} does not start: {refusal.Message}");
        }
    }

    /// <summary>Waits for the end, and says with which exit code; 128 + the signal's number where a signal ended it.</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync();
        // A grandchild may hold the pipe open: what it says after a second is its own affair.
        await Task.WhenAny(_output, Task.Delay(TimeSpan.FromSeconds(1)));
        EndGroup(_process.Id);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop, and ends it where it doesn't in time.</summary>
    public async Task StopAsync()
    {
        if (_process.HasExited)
            return;
        Signal(_process.Id, SigTerm);
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            Kill();
        }
    }

    /// <summary>SIGKILL to the process and everything below it, sessions of their own included: as if its machine had crashed.</summary>
    public void Kill() => _process.Kill(entireProcessTree: true);

    /// <summary>SIGKILL to all that is left of a process's group.</summary>
    public static void EndGroup(int pid) => Signal(-pid, SigKill);

    public void Dispose() => _process.Dispose();

    private static async Task Copy(StreamReader from, Action<string> write)
    {
        try
        {
            while (await from.ReadLineAsync() is { } line)
                write(line);
        }
        catch (ObjectDisposedException)
        {
            return;   // the process is gone, and this launcher is done with it
        }
    }

    /// <summary>An answer of "no such process" is as good as success: it has ended by itself.</summary>
    private static void Signal(int pid, int signal) => _ = kill(pid, signal);

    [DllImport("libc", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
