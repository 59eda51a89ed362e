using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>Refuses to start without a key that rows still need: it would be found out by the first payment with one of them.</summary>
public sealed class VaultKeysCheck(Shards shards, Envelope envelope) : IHostedService
{
    /// <exception cref="InvalidOperationException">It says which key is missing and what to do.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var shard in shards.All)
        {
            foreach (var (table, _) in RotationSql.Tables)
            {
                var missing = (await RotationSql.KeysInUseAsync(shard.Source, table, cancellationToken)).Except(envelope.KnownKeys).ToList();
                if (missing.Count > 0)
                {
                    throw new InvalidOperationException(
                        $"Rows of {table} on shard {shard.Number} are sealed with '{string.Join("', '", missing)}', which is not configured. Put it back among Auth:Vault:RetiredKeys "
                        + "until GET /internal/vault/rotation says that no row needs it.");
                }
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
