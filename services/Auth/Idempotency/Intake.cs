using PayFlow.Storage;

namespace PayFlow.Auth.Idempotency;

/// <summary>Writes down what nobody waits for, before anything is done: one row per key, group-committed per shard.</summary>
public sealed class Intake : IAsyncDisposable
{
    private readonly Shards shards;
    private readonly GroupCommit<KeyRow, KeyRow>[] commits;

    public Intake(Shards shards)
    {
        this.shards = shards;
        commits = [.. shards.All.Select(shard => new GroupCommit<KeyRow, KeyRow>((rows, ct) => WriteAsync(shard, rows, ct), new GroupCommitOptions()))];
    }

    /// <summary>Commits the row, unless its key has one. What is there then comes back: this row, or the one that was first.</summary>
    public Task<KeyRow> CommitAsync(KeyRow row, CancellationToken ct) => commits[shards.For(row.PaymentId.Slot).Number].CommitAsync(row, ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var commit in commits)
        {
            await commit.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<KeyRow>> WriteAsync(Shard shard, IReadOnlyList<KeyRow> rows, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct, rows.Select(row => row.PaymentId.Slot));
        var stored = await KeySql.AcceptAsync(transaction, rows, ct);
        await transaction.CommitAsync(ct);
        return stored;
    }
}
