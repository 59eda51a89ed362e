using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.Launching;

/// <summary>Carries one resource through its life: waits for what it needs, starts it, watches it. Never restarts it by itself.</summary>
internal sealed class ResourceRunner(IResource resource, LauncherPlan plan, LauncherConsole console, HealthCheckService health, TimeProvider time, Func<IResource, ResourceRunner> runnerOf)
{
    private static readonly TimeSpan UntilHealthy = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan WhileHealthy = TimeSpan.FromSeconds(2);

    private readonly ObservedState _state = new(time);
    private readonly string[] _healthChecks = [.. resource.Annotations.OfType<HealthCheckAnnotation>().Select(check => check.Key)];
    private ChildProcess? _process;

    public IResource Resource { get; } = resource;

    public string Name => Resource.Name;

    public ResourceSnapshot State => _state.Current;

    public IEnumerable<WaitAnnotation> Waits => Resource.Annotations.OfType<WaitAnnotation>();

    public Task<ResourceSnapshot> When(Func<ResourceSnapshot, bool> condition, CancellationToken cancel) => _state.When(condition, cancel);

    /// <summary>Begins a life; the resource must not be in one.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        _state.Change(_ => new(ResourceState.Waiting, default));
        try
        {
            await WaitForDependenciesAsync(cancel);
            if (Resource is ConnectionStringResource)
                _state.Change(_ => new(ResourceState.Running, default, Healthy: true));
            else
                await RunProcessAsync(cancel);
        }
        catch (LauncherException refusal)
        {
            if (Resource is not ConnectionStringResource)
                console.Say($"{Name} does not start: {refusal.Message}");
            _state.Change(_ => new(ResourceState.FailedToStart, default, Reason: refusal.Message));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            _state.Change(_ => new(ResourceState.Exited, default, Reason: "stopped before it started"));
        }
    }

    public async Task StopAsync()
    {
        if (_process is not { } process)
            return;
        _state.Change(now => now with { State = ResourceState.Stopping });
        await process.StopAsync();
    }

    public void Kill() => (_process ?? throw new LauncherException($"{Name} does not run.")).Kill();

    private async Task WaitForDependenciesAsync(CancellationToken cancel)
    {
        foreach (var wait in Waits)
        {
            var dependency = runnerOf(wait.Resource);
            var toTheEnd = wait.WaitType == WaitType.WaitForCompletion;
            var reached = await dependency.When(now => now.IsOver || (!toTheEnd && now.IsWell), cancel);
            var met = toTheEnd ? reached.ExitCode == wait.ExitCode : reached.State == ResourceState.Running;
            if (!met)
                throw new LauncherException(dependency.Resource is ConnectionStringResource ? reached.Reason! : $"it needs {dependency.Name}, and {dependency.Name} {Ending(reached)}");
        }
    }

    private async Task RunProcessAsync(CancellationToken cancel)
    {
        _state.Change(_ => new(ResourceState.Starting, default));
        var reasons = Preflight.MissingProgram(Resource).Concat(Preflight.TakenPorts(Resource)).ToArray();
        if (reasons.Length > 0)
            throw new LauncherException(string.Join(' ', reasons));

        var (command, arguments, directory) = CommandLine();
        using var process = ChildProcess.Start(command, arguments, directory, await EnvironmentAsync(cancel), line => console.Write(Name, line));
        _process = process;
        await File.WriteAllTextAsync(plan.PidPath(Name), process.Id.ToString(CultureInfo.InvariantCulture), CancellationToken.None);
        _state.Change(_ => new(ResourceState.Running, default, Healthy: _healthChecks.Length == 0, Pid: process.Id));

        if (cancel.IsCancellationRequested)
            await StopAsync();   // asked to stop between the last look and the start

        using var over = new CancellationTokenSource();
        var watch = WatchHealthAsync(over.Token);
        var exitCode = await process.WaitForExitAsync();
        await over.CancelAsync();
        await watch;

        var asked = State.State == ResourceState.Stopping;
        _process = null;
        File.Delete(plan.PidPath(Name));
        var end = new ResourceSnapshot(exitCode == 0 && !asked ? ResourceState.Finished : ResourceState.Exited, default, ExitCode: exitCode);
        if (!asked)
            console.Say($"{Name} {Ending(end)}");
        _state.Change(_ => end);
    }

    private (string Command, IReadOnlyList<string> Arguments, string Directory) CommandLine()
    {
        if (Resource is ExecutableResource executable)
            return (executable.Command, Resource.Annotations.OfType<ArgumentsAnnotation>().Single().Arguments, executable.WorkingDirectory);
        var project = Resource.Annotations.OfType<ProjectLaunchAnnotation>().Single();
        return ("dotnet", ["exec", project.Assembly], project.Directory);
    }

    private async Task<IReadOnlyDictionary<string, string>> EnvironmentAsync(CancellationToken cancel)
    {
        var context = new EnvironmentCallbackContext(plan.ExecutionContext, cancellationToken: cancel);
        foreach (var callback in Resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await callback.Callback(context);

        Dictionary<string, string> variables = [];
        foreach (var (name, value) in context.EnvironmentVariables)
            variables[name] = value is IValueProvider later ? await later.GetValueAsync(cancel) ?? "" : value.ToString() ?? "";
        return variables;
    }

    private async Task WatchHealthAsync(CancellationToken over)
    {
        if (_healthChecks.Length == 0)
            return;
        try
        {
            var first = true;
            while (true)
            {
                var report = await health.CheckHealthAsync(check => _healthChecks.Contains(check.Name), over);
                var healthy = report.Status == HealthStatus.Healthy;
                var reason = report.Entries.Values.Where(entry => entry.Status != HealthStatus.Healthy).Select(entry => entry.Description ?? entry.Exception?.Message).FirstOrDefault();
                if (healthy != State.Healthy)
                {
                    console.Say(!healthy ? $"{Name} is unhealthy: {reason}" : first ? $"{Name} is healthy after {(time.GetUtcNow() - State.Since).TotalSeconds:0.0} s" : $"{Name} is healthy again");
                    first = false;
                }
                _state.Change(now => now with { Healthy = healthy, Reason = reason });
                await Task.Delay(healthy ? WhileHealthy : UntilHealthy, time, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            return;   // the process has ended, and with it the watch
        }
    }

    private static string Ending(ResourceSnapshot end) => end switch
    {
        { State: ResourceState.FailedToStart } => "does not start",
        { State: ResourceState.Finished } => "has finished",
        { ExitCode: > 128 and var code } => $"was ended by signal {code - 128}",
        { ExitCode: { } code } => $"ended with exit code {code}",
        _ => "was stopped",
    };
}
