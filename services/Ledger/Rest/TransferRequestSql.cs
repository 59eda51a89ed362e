using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Ledger.Rest;

/// <summary>The transfer that a request's key stands for.</summary>
internal sealed record TakenKey(Id Transfer, byte[] Fingerprint);

/// <summary>The table <c>transfer_requests</c>: keys of merchants' requests.</summary>
internal static class TransferRequestSql
{
    /// <summary>Takes a key for a transfer that isn't made yet.</summary>
    /// <returns>What the key stands for: that, or what it was taken for before.</returns>
    public static async Task<TakenKey> TakeAsync(ShardTransaction transaction, Id merchant, Mode mode, string key, TakenKey offered, DateTimeOffset now, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand(
            "INSERT INTO transfer_requests (merchant_id, mode, key, transfer_id, fingerprint, taken_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
            transaction.Connection,
            transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = merchant.Value },
                new() { Value = (short)mode },
                new() { Value = key },
                new() { Value = offered.Transfer.Value },
                new() { Value = offered.Fingerprint },
                new() { Value = now },
            },
        };
        if (await take.ExecuteNonQueryAsync(ct) == 1)
        {
            return offered;
        }

        await using var find = new NpgsqlCommand(
            "SELECT transfer_id, fingerprint FROM transfer_requests WHERE (merchant_id, mode, key) = ($1, $2, $3)", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = merchant.Value }, new() { Value = (short)mode }, new() { Value = key } },
        };
        await using var reader = await find.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return new TakenKey(Id.From(IdPrefix.Transfer, reader.GetGuid(0)), reader.GetFieldValue<byte[]>(1));
    }
}
