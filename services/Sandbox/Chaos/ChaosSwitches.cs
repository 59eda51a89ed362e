using System.Collections.Concurrent;
using System.Collections.Immutable;
using PayFlow.Sandbox.Acquirers;

namespace PayFlow.Sandbox.Chaos;

/// <summary>How each acquirer misbehaves now. Kept in the database too: a Sandbox that is killed comes back as it was.</summary>
public sealed class ChaosSwitches(SandboxDatabase database) : IHostedService
{
    private readonly ConcurrentDictionary<string, long> _calls = [];
    private readonly ConcurrentDictionary<string, string> _idsInUse = [];
    private ImmutableDictionary<string, ChaosSettings> _settings = ImmutableDictionary<string, ChaosSettings>.Empty;

    public ChaosSettings Of(Acquirer acquirer) => _settings.GetValueOrDefault(acquirer.Code, ChaosSettings.Calm);

    /// <summary>Uniform in [0, 1): by chance, or the next of the sequence that the seed begins.</summary>
    public double Draw(Acquirer acquirer) => Of(acquirer).Seed is not 0 and var seed ? Draws.Of(seed, _calls.AddOrUpdate(acquirer.Code, 1, (_, calls) => calls + 1)) : Random.Shared.NextDouble();

    /// <summary>A caller goes by an acquirer's id of an authorization.</summary>
    public void NoteIdInUse(Acquirer acquirer, string externalId) => _idsInUse[acquirer.Code] = externalId;

    /// <summary>The id that an approval is answered with by mistake; null when it is answered with its own.</summary>
    public string? MistakenId(Acquirer acquirer) =>
        Of(acquirer).DuplicateIdRate is > 0 and var rate && Draw(acquirer) < rate ? _idsInUse.GetValueOrDefault(acquirer.Code) : null;

    public async Task SetAsync(Acquirer acquirer, ChaosSettings changed, CancellationToken cancel)
    {
        await ChaosSql.SaveAsync(database.Source, acquirer.Code, changed, cancel);
        if (changed.Seed != Of(acquirer).Seed)
        {
            _calls[acquirer.Code] = 0;
        }

        ImmutableInterlocked.AddOrUpdate(ref _settings, acquirer.Code, changed, (_, _) => changed);
    }

    public async Task StartAsync(CancellationToken cancellationToken) => _settings = await ChaosSql.LoadAsync(database.Source, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
