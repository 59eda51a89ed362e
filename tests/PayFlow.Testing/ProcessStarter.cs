using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PayFlow.Testing;

/// <summary>
/// Starts processes that never outlive this one. Each gets a session of its own, so that a Ctrl-C here is not one there, and a request to the
/// kernel to kill it when its parent ends, even by SIGKILL. The kernel takes the *thread* that started it for the parent: so all are
/// started by one thread that lives as long as the process does, never by a pool thread, which comes and goes.
/// </summary>
internal static partial class ProcessStarter
{
    private const int Kill = 9;
    private const int Terminate = 15;

    private static readonly BlockingCollection<Action> Requests = [];
    private static readonly ConcurrentDictionary<int, byte> Sessions = [];

    static ProcessStarter()
    {
        new Thread(Serve) { IsBackground = true, Name = "Process starter" }.Start();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => KillAll();
    }

    /// <summary>SIGKILL to everything that was started and still runs.</summary>
    public static void KillAll()
    {
        foreach (var session in Sessions.Keys)
            KillSession(session);
    }

    /// <summary>Starts a process and hands every line it writes to <paramref name="onLine"/>.</summary>
    public static async Task<Process> StartAsync(
        string command, IEnumerable<string> arguments, string folder, IEnumerable<KeyValuePair<string, string?>> environment, Action<string> onLine)
    {
        string[] words = OperatingSystem.IsLinux()
            ? ["setsid", "setpriv", "--pdeathsig", "KILL", command, .. arguments]
            : [command, .. arguments];
        var start = new ProcessStartInfo(words[0], words.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;

        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);
        Requests.Add(() => started.SetResult(Start(start, onLine)));
        return await started.Task;
    }

    /// <summary>SIGTERM to the process: asks it to stop.</summary>
    public static void AskToStop(Process process) => Signal(process.Id, Terminate);

    /// <summary>SIGKILL to the process alone, as a crash of it would.</summary>
    public static void KillProcess(Process process) => Signal(process.Id, Kill);

    /// <summary>SIGKILL to a process and everything it started.</summary>
    public static void KillSession(int session) => Signal(OperatingSystem.IsLinux() ? -session : session, Kill);

    /// <summary>Says that a process and everything it started has ended, so that its number may be another's.</summary>
    public static void Forget(Process process) => Sessions.TryRemove(process.Id, out _);

    private static void Serve()
    {
        foreach (var request in Requests.GetConsumingEnumerable())
            request();
    }

    private static Process Start(ProcessStartInfo start, Action<string> onLine)
    {
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Hand(line.Data);
        process.ErrorDataReceived += (_, line) => Hand(line.Data);
        process.Start();
        Sessions.TryAdd(process.Id, 0);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Hand(string? line)
        {
            if (line is not null)
                onLine(line);
        }
    }

    private static void Signal(int process, int signal) => _ = SendSignal(process, signal);   // one that has just ended is what was wanted

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
