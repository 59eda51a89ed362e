using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>A transfer to another shard that is reserved and not finished.</summary>
/// <param name="Id">What was asked for.</param>
/// <param name="PendingId">What reserves it.</param>
/// <param name="CreditPath">Who gets it.</param>
internal sealed record ReservedTransfer(Id Id, Id PendingId, string CreditPath);

/// <summary>The table <c>inter_shard_transfers</c> of the shard that pays.</summary>
internal static class InterShardSql
{
    public static async Task AddAsync(ShardTransaction transaction, ReservedTransfer reserved, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO inter_shard_transfers (id, pending_id, credit_path, reserved_at) VALUES ($1, $2, $3, $4)", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = reserved.Id.Value }, new() { Value = reserved.PendingId.Value }, new() { Value = reserved.CreditPath }, new() { Value = now } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<ReservedTransfer?> FindAsync(Shard shard, Id id, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT id, pending_id, credit_path FROM inter_shard_transfers WHERE id = $1");
        command.Parameters.Add(new() { Value = id.Value });
        return await ReadAsync(command, ct) is [var found] ? found : null;
    }

    /// <summary>Finishes a transfer alone: whoever else would waits until the transaction ends.</summary>
    /// <returns>False when it is finished.</returns>
    public static async Task<bool> TryLockAsync(ShardTransaction transaction, Id id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT id FROM inter_shard_transfers WHERE id = $1 FOR UPDATE", transaction.Connection, transaction.Transaction) { Parameters = { new() { Value = id.Value } } };
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    public static async Task RemoveAsync(ShardTransaction transaction, Id id, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("DELETE FROM inter_shard_transfers WHERE id = $1", transaction.Connection, transaction.Transaction) { Parameters = { new() { Value = id.Value } } };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Those that were reserved before a time, the oldest first.</summary>
    public static async Task<List<ReservedTransfer>> ListAsync(Shard shard, DateTimeOffset before, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT id, pending_id, credit_path FROM inter_shard_transfers WHERE reserved_at < $1 ORDER BY reserved_at LIMIT $2");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    private static async Task<List<ReservedTransfer>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var found = new List<ReservedTransfer>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found.Add(new ReservedTransfer(Id.From(IdPrefix.Transfer, reader.GetGuid(0)), Id.From(IdPrefix.Transfer, reader.GetGuid(1)), reader.GetString(2)));
        }

        return found;
    }
}
