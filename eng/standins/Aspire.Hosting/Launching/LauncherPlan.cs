using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Launching;

/// <summary>What to launch, and the folder for its logs, process ids and control socket: configuration's `state`.</summary>
internal sealed class LauncherPlan(IResourceCollection resources, IConfiguration configuration, string appHostDirectory, DistributedApplicationExecutionContext executionContext)
{
    public IReadOnlyList<ParameterResource> Parameters => [.. resources.OfType<ParameterResource>()];

    /// <summary>Everything that has a state of its own, in the order in which it was added.</summary>
    public IReadOnlyList<IResource> Resources => [.. resources.Where(resource => resource is not ParameterResource)];

    public DistributedApplicationExecutionContext ExecutionContext { get; } = executionContext;

    /// <summary>Those of them that are processes; the others are connection strings.</summary>
    public IReadOnlyList<IResource> Processes => [.. Resources.Where(resource => resource is not ConnectionStringResource)];

    public string StateDirectory { get; } = Path.GetFullPath(configuration["state"] ?? "state", appHostDirectory);

    public string PidPath(string name) => Path.Combine(RunDirectory, $"{name}.pid");

    public string LogPath(string name) => Path.Combine(LogDirectory, $"{name}.log");

    public string LogDirectory => Path.Combine(StateDirectory, "logs");

    public string RunDirectory => Path.Combine(StateDirectory, "run");

    public string ControlSocket => Path.Combine(StateDirectory, "control.sock");
}
