using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting.Launching;

/// <summary>
/// Runs the application on this machine: everything in the order of its waits, stopped in the reverse order. It restarts
/// nothing by itself; the control socket in the state directory shows, kills and starts single resources.
/// </summary>
internal sealed class Launcher : IHostedService, IDisposable
{
    /// <summary>Room for a chain of five resources that each need all of their patience.</summary>
    public static readonly TimeSpan ShutdownTimeout = 5 * ChildProcess.Patience + TimeSpan.FromSeconds(5);

    private readonly LauncherPlan _plan;
    private readonly LauncherConsole _console;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, Task> _lives = [];
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration _hangUp;
    private FileStream? _turn;
    private Guard? _guard;
    private ControlServer? _control;

    public Launcher(LauncherPlan plan, LauncherConsole console, HealthCheckService health, TimeProvider time, IHostApplicationLifetime lifetime)
    {
        (_plan, _console, _lifetime, _time) = (plan, console, lifetime, time);
        Runners = [.. plan.Resources.Select(resource => new ResourceRunner(resource, plan, console, health, time, RunnerOf))];
        _hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        });
    }

    public IReadOnlyList<ResourceRunner> Runners { get; }

    /// <summary>Those that are processes; the others are connection strings.</summary>
    public IReadOnlyList<ResourceRunner> Processes => [.. Runners.Where(runner => _plan.Processes.Contains(runner.Resource))];

    public LauncherPlan Plan => _plan;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _turn = TakeTurn();
        Preflight.EndLeftovers(_plan, _console);
        await Preflight.CheckAsync(_plan, cancellationToken);
        _guard = new Guard(_plan.RunDirectory);
        _control = await ControlServer.StartAsync(this, cancellationToken);
        foreach (var runner in Runners)
            Begin(runner);
        _ = AnnounceAsync();
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_turn is null)
            return;   // it never started
        _console.Say("stopping");
        await _stopping.CancelAsync();

        // Whatever nobody leans on any more stops, all of that at once; then the next layer.
        while (Processes.Where(IsUp).ToArray() is { Length: > 0 } up)
            await Task.WhenAll(up.Where(runner => !up.Any(other => LeansOn(other, runner))).Select(StopAsync));
        await Task.WhenAll(_lives.Values);

        if (_control is not null)
            await _control.DisposeAsync();
        _guard?.Dispose();
        _console.Say("everything has stopped");
    }

    /// <summary>Begins the life of a resource that is not in one, with the environment it always has.</summary>
    public void Begin(ResourceRunner runner)
    {
        lock (_gate)
        {
            if (_stopping.IsCancellationRequested)
                throw new LauncherException("PayFlow is stopping.");
            // Who sees that it is over may begin it again at once: nothing of a life is left by then but its return.
            if (_lives.TryGetValue(runner.Name, out var life) && !life.IsCompleted && !runner.State.IsOver)
                throw new LauncherException($"{runner.Name} runs already{(runner.State.Pid is { } pid ? $" (pid {pid})" : "")}.");
            _lives[runner.Name] = runner.RunAsync(_stopping.Token);
        }
    }

    public void RequestStop() => _lifetime.StopApplication();

    public void Dispose()
    {
        _hangUp.Dispose();
        _turn?.Dispose();
        _stopping.Dispose();
    }

    private ResourceRunner RunnerOf(IResource resource) => Runners.First(runner => runner.Resource == resource);

    private static bool IsUp(ResourceRunner runner) => runner.State.State is ResourceState.Starting or ResourceState.Running;

    private static async Task StopAsync(ResourceRunner runner)
    {
        await runner.StopAsync();
        await runner.When(now => now.IsOver, CancellationToken.None);
    }

    /// <summary>Whether one waits for the other, at once or through others.</summary>
    private bool LeansOn(ResourceRunner runner, ResourceRunner other) =>
        runner.Waits.Select(wait => RunnerOf(wait.Resource)).Any(needed => needed == other || LeansOn(needed, other));

    /// <summary>One launcher for a state directory at a time.</summary>
    private FileStream TakeTurn()
    {
        Directory.CreateDirectory(_plan.RunDirectory);
        try
        {
            return new FileStream(Path.Combine(_plan.RunDirectory, "apphost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new LauncherException($"PayFlow runs already from {_plan.StateDirectory}. See it with eng/payflow status, or stop it with eng/payflow down.");
        }
    }

    private async Task AnnounceAsync()
    {
        var begin = _time.GetUtcNow();
        try
        {
            var ends = await Task.WhenAll(Runners.Select(runner => runner.When(now => now.IsWell || now.IsOver, _stopping.Token)));
            if (ends.All(end => end.IsWell))
                _console.Say($"everything is up after {(_time.GetUtcNow() - begin).TotalSeconds:0.0} s");
            else
                _console.Say("not everything is up: see above, mend it, then eng/payflow start");
            foreach (var line in StatusReport.Addresses(Processes))
                _console.Say(line);
        }
        catch (OperationCanceledException)
        {
            return;   // asked to stop before everything was up
        }
    }
}
