using Npgsql;

namespace PayFlow.Storage;

/// <summary>
/// A READ COMMITTED transaction on one shard, whose slots were checked when it began. Without <see cref="CommitAsync"/> it rolls back.
/// </summary>
public sealed class ShardTransaction : IAsyncDisposable
{
    internal ShardTransaction(Shard shard, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        Shard = shard;
        Connection = connection;
        Transaction = transaction;
    }

    public Shard Shard { get; }

    public NpgsqlConnection Connection { get; }

    public NpgsqlTransaction Transaction { get; }

    /// <summary>
    /// Makes everything durable. When this throws something else than a <see cref="PostgresException"/>, the outcome is unknown: it may have committed.
    /// </summary>
    public Task CommitAsync(CancellationToken ct) => Transaction.CommitAsync(ct);

    public async ValueTask DisposeAsync()
    {
        await Transaction.DisposeAsync();
        await Connection.DisposeAsync();
    }
}
