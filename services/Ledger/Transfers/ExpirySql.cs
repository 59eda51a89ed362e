using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Ledger.Transfers;

/// <summary>The table <c>transfer_expiries</c>: pending transfers that were asked for with an end.</summary>
internal static class ExpirySql
{
    /// <summary>Adds what expires, in the batch that writes the transfers.</summary>
    public static NpgsqlBatchCommand Insert(IReadOnlyCollection<Transfer> expiring) => new("INSERT INTO transfer_expiries (pending_id, expires_at) SELECT * FROM unnest($1::uuid[], $2::timestamptz[])")
    {
        Parameters =
        {
            new() { Value = expiring.Select(transfer => transfer.Id.Value).ToArray() },
            new() { Value = expiring.Select(transfer => transfer.ExpiresAt!.Value).ToArray() },
        },
    };

    /// <summary>What expired first and is not swept yet.</summary>
    public static async Task<List<Id>> DueAsync(Shard shard, DateTimeOffset now, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT pending_id FROM transfer_expiries WHERE NOT is_swept AND expires_at <= $1 ORDER BY expires_at, pending_id LIMIT $2");
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = limit });
        var due = new List<Id>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            due.Add(Id.From(IdPrefix.Transfer, reader.GetGuid(0)));
        }

        return due;
    }

    public static async Task SetSweptAsync(Shard shard, IReadOnlyCollection<Id> ended, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("UPDATE transfer_expiries SET is_swept = true WHERE pending_id = ANY ($1)");
        command.Parameters.Add(new() { Value = ended.Select(id => id.Value).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }
}
