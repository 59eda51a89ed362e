using Npgsql;
using PayFlow.Ledger.Periods;
using PayFlow.Storage;

namespace PayFlow.Ledger.Partitions;

/// <summary>The partitions of <c>transfers</c> and <c>transfer_ends</c>. The service's role owns none: functions with their owner's rights make and detach them.</summary>
internal static class PartitionSql
{
    /// <summary>Makes the partitions that are missing of so many months.</summary>
    /// <returns>How many were made.</returns>
    public static async Task<int> MakeAsync(Shard shard, Period first, int months, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT ledger_make_partitions($1, $2)");
        command.Parameters.Add(new() { Value = DateOnly.FromDateTime(first.Start.UtcDateTime) });
        command.Parameters.Add(new() { Value = months });
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    public static async Task<bool> IsAttachedAsync(Shard shard, Period month, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT ledger_is_attached($1)");
        command.Parameters.Add(new() { Value = month.Number });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>The first month whose ids are taken.</summary>
    public static async Task<Period> OldestAsync(Shard shard, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT oldest FROM books");
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return Period.Of(reader.GetFieldValue<DateTimeOffset>(0));
    }

    /// <summary>Takes ids from a month on.</summary>
    /// <returns>False when it isn't attached, or the month before is open.</returns>
    public static async Task<bool> KeepFromAsync(Shard shard, Period month, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT ledger_keep_from($1)");
        command.Parameters.Add(new() { Value = month.Number });
        return await command.ExecuteScalarAsync(ct) is true;
    }

    /// <summary>Takes a month out of the tables when the transaction commits.</summary>
    /// <exception cref="PostgresException">Somebody reads them (<c>55P03</c>): try again.</exception>
    public static async Task DetachAsync(ShardTransaction transaction, Period month, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT ledger_detach_month($1)", transaction.Connection, transaction.Transaction) { Parameters = { new() { Value = month.Number } } };
        await command.ExecuteNonQueryAsync(ct);
    }
}
