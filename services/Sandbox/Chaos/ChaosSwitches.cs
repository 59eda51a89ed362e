using System.Collections.Immutable;
using PayFlow.Sandbox.Acquirers;

namespace PayFlow.Sandbox.Chaos;

/// <summary>How each acquirer misbehaves now. Kept in the database too: a Sandbox that is killed comes back as it was.</summary>
public sealed class ChaosSwitches(SandboxDatabase database) : IHostedService
{
    private ImmutableDictionary<string, ChaosSettings> _settings = ImmutableDictionary<string, ChaosSettings>.Empty;

    public ChaosSettings Of(Acquirer acquirer) => _settings.GetValueOrDefault(acquirer.Code, ChaosSettings.Calm);

    public async Task SetAsync(Acquirer acquirer, ChaosSettings changed, CancellationToken cancel)
    {
        await ChaosSql.SaveAsync(database.Source, acquirer.Code, changed, cancel);
        ImmutableInterlocked.AddOrUpdate(ref _settings, acquirer.Code, changed, (_, _) => changed);
    }

    public async Task StartAsync(CancellationToken cancellationToken) => _settings = await ChaosSql.LoadAsync(database.Source, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
