using Npgsql;
using PayFlow.Storage;

namespace PayFlow.Messaging.Inbox;

/// <summary>An event that a consumer could not apply.</summary>
/// <param name="Number">Its number in its shard.</param>
/// <param name="Consumer">Who could not apply it.</param>
/// <param name="Event">The event.</param>
/// <param name="Reason">Why not.</param>
/// <param name="Tries">How often it was tried.</param>
/// <param name="DiedAt">When it was given up, UTC.</param>
/// <param name="ReplayedAt">When it was applied after all, UTC; null while its aggregate stands still.</param>
internal sealed record DeadLetter(long Number, string Consumer, ReceivedEvent Event, string Reason, int Tries, DateTimeOffset DiedAt, DateTimeOffset? ReplayedAt);

/// <summary>The table <c>dead_letters</c>.</summary>
internal static class DeadLetterSql
{
    private static readonly string Columns = $"id, consumer, {EventSql.Columns}, reason, tries, died_at, replayed_at";

    /// <summary>Gives an event up, also when it had waited for its turn. Its aggregate stands still from now on.</summary>
    public static async Task BuryAsync(ShardTransaction transaction, string consumer, ReceivedEvent dead, string reason, int tries, CancellationToken ct)
    {
        var bury = new NpgsqlBatchCommand($"""
            INSERT INTO dead_letters AS d ({EventSql.Columns}, consumer, reason, tries)
            SELECT row.*, $11, $12, $13 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS row
            ON CONFLICT (consumer, topic, aggregate, sequence) DO UPDATE SET reason = excluded.reason, tries = d.tries + excluded.tries
            """);
        foreach (var parameter in EventSql.Parameters([dead]))
            bury.Parameters.Add(parameter);
        bury.Parameters.Add(new() { Value = consumer });
        bury.Parameters.Add(new() { Value = reason });
        bury.Parameters.Add(new() { Value = tries });
        var waitsNoMore = new NpgsqlBatchCommand("DELETE FROM inbox_waiting WHERE consumer = $1 AND topic = $2 AND aggregate = $3 AND sequence = $4")
        {
            Parameters = { new() { Value = consumer }, new() { Value = dead.Topic }, new() { Value = dead.Aggregate.Value }, new() { Value = dead.Sequence } },
        };
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction) { BatchCommands = { bury, waitsNoMore } };
        await batch.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Marks a dead letter as replayed, so that its aggregate moves again when this commits.</summary>
    /// <returns>False when it was replayed before.</returns>
    public static async Task<bool> ReviveAsync(ShardTransaction transaction, long number, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("UPDATE dead_letters SET replayed_at = now() WHERE id = $1 AND replayed_at IS NULL", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = number } },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Writes down why a replay failed.</summary>
    public static async Task BlameAsync(Shard shard, long number, string reason, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("UPDATE dead_letters SET reason = $2, tries = tries + 1 WHERE id = $1 AND replayed_at IS NULL");
        command.Parameters.Add(new() { Value = number });
        command.Parameters.Add(new() { Value = reason });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<DeadLetter?> FindAsync(Shard shard, long number, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"SELECT {Columns} FROM dead_letters WHERE id = $1");
        command.Parameters.Add(new() { Value = number });
        return (await ReadAsync(command, ct)).SingleOrDefault();
    }

    /// <summary>The open dead letters, the oldest first; with the replayed ones on request.</summary>
    public static async Task<List<DeadLetter>> ListAsync(Shard shard, bool replayedToo, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"SELECT {Columns} FROM dead_letters WHERE $1 OR replayed_at IS NULL ORDER BY id LIMIT $2");
        command.Parameters.Add(new() { Value = replayedToo });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    /// <summary>Dead letters that are not in the dead-letter topic yet.</summary>
    public static async Task<List<DeadLetter>> UnannouncedAsync(Shard shard, string consumer, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"SELECT {Columns} FROM dead_letters WHERE consumer = $1 AND announced_at IS NULL ORDER BY id LIMIT $2");
        command.Parameters.Add(new() { Value = consumer });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, ct);
    }

    public static async Task AnnouncedAsync(Shard shard, long number, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("UPDATE dead_letters SET announced_at = now() WHERE id = $1");
        command.Parameters.Add(new() { Value = number });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<long> CountOpenAsync(Shard shard, string consumer, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT count(*) FROM dead_letters WHERE consumer = $1 AND replayed_at IS NULL");
        command.Parameters.Add(new() { Value = consumer });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task<List<DeadLetter>> ReadAsync(NpgsqlCommand command, CancellationToken ct)
    {
        var letters = new List<DeadLetter>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            letters.Add(new DeadLetter(
                reader.GetInt64(0), reader.GetString(1), await EventSql.ReadAsync(reader, 2, ct), reader.GetString(12), reader.GetInt32(13),
                reader.GetFieldValue<DateTimeOffset>(14), await reader.IsDBNullAsync(15, ct) ? null : reader.GetFieldValue<DateTimeOffset>(15)));
        }

        return letters;
    }
}
