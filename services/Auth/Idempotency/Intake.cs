using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>Writes down what nobody waits for, before anything is done: one row per key, group-committed per shard.</summary>
public sealed class Intake(Shards shards) : IAsyncDisposable
{
    private readonly ShardedGroupCommit<KeyRow, KeyRow> commits = new(shards, WriteAsync);

    /// <summary>Commits the row, unless its key has one. What is there then comes back: this row, or the one that was first.</summary>
    public Task<KeyRow> CommitAsync(KeyRow row, CancellationToken ct) => commits.CommitAsync(row.PaymentId.Slot, row, ct);

    public ValueTask DisposeAsync() => commits.DisposeAsync();

    private static async Task<IReadOnlyList<KeyRow>> WriteAsync(Shard shard, IReadOnlyList<KeyRow> rows, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct, rows.Select(row => row.PaymentId.Slot));
        var stored = await KeySql.AcceptAsync(transaction, rows, ct);
        await transaction.CommitAsync(ct);
        return stored;
    }
}
