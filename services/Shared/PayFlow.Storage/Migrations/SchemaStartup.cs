using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace PayFlow.Storage.Migrations;

/// <summary>Brings every database up before any hosted service starts, tells new shards about the slots, and reads the slot map.</summary>
internal sealed partial class SchemaStartup(
    IEnumerable<ShardedDatabase> databases,
    IEnumerable<SchemaModule> modules,
    IServiceProvider services,
    StorageOptions options,
    TimeProvider time,
    ILogger<SchemaStartup> logger) : IHostedLifecycleService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    public async Task StartingAsync(CancellationToken ct)
    {
        foreach (var database in databases)
        {
            await WhenItAnswersAsync(database, async () =>
            {
                var own = modules.Where(module => module.Database == database.Name).OrderBy(module => module.Name == database.Module).ToList();
                var migrators = database.ConnectionStrings.Select(shard => new SchemaMigrator(shard, database.Role, own, logger)).ToList();
                foreach (var migrator in migrators)
                    await migrator.UpAsync(ct);
                await SlotSeed.SowAsync(migrators, ct);
                await services.GetRequiredKeyedService<Shards>(database.Name).RefreshAsync(ct);
            }, ct);
        }
    }

    public Task StartAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken ct) => Task.CompletedTask;

    /// <summary>A server that is still starting is waited for; a script that fails is not tried again.</summary>
    private async Task WhenItAnswersAsync(ShardedDatabase database, Func<Task> work, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            try
            {
                await work();
                return;
            }
            catch (Exception failure) when (DatabaseFailure.IsAway(failure) && time.GetElapsedTime(began).TotalSeconds < options.StartupWaitSeconds)
            {
                LogAway(database.Name, failure.Message);
                await Task.Delay(Pause, time, ct);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Database {Database} does not answer yet: {Reason}")]
    private partial void LogAway(string database, string reason);
}
