using PayFlow.Auth.Idempotency;
using PayFlow.Storage;

namespace PayFlow.Auth.Payments;

/// <summary>
/// What a create has to know before anything else: whether its key was used, and what of the merchant's own its token stands for. Creates that come at once ask in one round trip.
/// </summary>
public sealed class CreateLookup(Shards shards) : IAsyncDisposable
{
    private readonly ShardedGroupCommit<(KeyName Name, Id Token), (KeyRow? Known, PaymentMethod? Method)> reads =
        new(shards, (shard, asked, ct) => KeySql.FindWithMethodsAsync(shard.Source, asked, ct));

    public Task<(KeyRow? Known, PaymentMethod? Method)> FindAsync(KeyName name, Id token, CancellationToken ct) => reads.CommitAsync(name.MerchantId.Slot, (name, token), ct);

    public ValueTask DisposeAsync() => reads.DisposeAsync();
}
