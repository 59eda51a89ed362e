using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Launching;

/// <summary>What can be known before anything starts is said before anything starts, all of it at once.</summary>
internal static class Preflight
{
    /// <summary>Sun_path of a unix socket holds 108 bytes on Linux, its end included.</summary>
    private const int LongestSocketPath = 107;

    /// <summary>A process id is written within moments of the process's start; an older or younger process only has the same number.</summary>
    private static readonly TimeSpan SameProcess = TimeSpan.FromSeconds(5);

    /// <summary>Refuses, naming every reason.</summary>
    public static async Task CheckAsync(LauncherPlan plan, CancellationToken cancel)
    {
        List<string> reasons = [];
        if (!OperatingSystem.IsLinux())
            reasons.Add("This launcher runs on Linux. Elsewhere build with Aspire's own packages: PayFlowFeed=complete.");
        if (plan.ControlSocket.Length > LongestSocketPath)
            reasons.Add($"The state directory's path is too long for a socket in it: {plan.StateDirectory}. Give a shorter one with --state.");
        foreach (var parameter in plan.Parameters)
            await parameter.GetValueAsync(cancel);
        foreach (var resource in plan.Resources)
            reasons.AddRange([.. MissingProgram(resource), .. TakenPorts(resource)]);

        if (reasons.Count > 0)
            throw new LauncherException(string.Join(Environment.NewLine, reasons));
    }

    /// <summary>Ends what an earlier launcher left running, where it and its guard were killed together.</summary>
    public static void EndLeftovers(LauncherPlan plan, LauncherConsole console)
    {
        Directory.CreateDirectory(plan.RunDirectory);
        foreach (var file in Directory.GetFiles(plan.RunDirectory, "*.pid"))
        {
            var pid = int.Parse(File.ReadAllText(file), CultureInfo.InvariantCulture);
            if (IsRunning(pid, File.GetLastWriteTime(file)))
            {
                console.Say($"{Path.GetFileNameWithoutExtension(file)} of an earlier run is still there (pid {pid}): ending it");
                ChildProcess.EndGroup(pid);
            }
            File.Delete(file);
        }
    }

    public static IEnumerable<string> MissingProgram(IResource resource)
    {
        if (resource is ProjectResource && resource.Annotations.OfType<ProjectLaunchAnnotation>().Single() is var project && !File.Exists(project.Assembly))
            yield return $"{resource.Name} is not built: {project.Assembly} is missing. Build PayFlow.AppHost.";
        if (resource is ExecutableResource executable && Find(executable.Command) is null)
            yield return $"{resource.Name} can't start: {executable.Command} is missing or not executable.";
    }

    public static IEnumerable<string> TakenPorts(IResource resource) =>
        from endpoint in resource.Annotations.OfType<EndpointAnnotation>()
        where endpoint.Port is { } port && !IsFree(port)
        select $"Port {endpoint.Port} ({resource.Name} {endpoint.Name}) is in use by another process. Stop that one, or shift all ports with --ports:offset 1000.";

    private static string? Find(string command)
    {
        IEnumerable<string> candidates = command.Contains('/') ? [command]
            : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(directory => Path.Combine(directory, command));
        return candidates.FirstOrDefault(file => File.Exists(file) && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0);
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static bool IsRunning(int pid, DateTime since)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return (process.StartTime - since).Duration() < SameProcess;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
