using Npgsql;
using PayFlow.Kernel;
using PayFlow.Storage;

namespace PayFlow.Messaging.Inbox;

/// <summary>The tables <c>inbox</c> and <c>inbox_waiting</c>.</summary>
internal static class InboxSql
{
    /// <summary>The constraint that two processes meet at when both apply the first event of an aggregate; one of them tries again.</summary>
    private const string FirstEvent = "inbox_pk";

    public static bool IsRace(Exception failure) => failure is InboxRaceException or PostgresException { ConstraintName: FirstEvent };

    /// <summary>
    /// Locks how far this consumer is with some aggregates, and reads what waits for them and where they stand still. One round trip; each statement sees what
    /// was committed before it, so what a lock had to wait for is seen.
    /// </summary>
    public static async Task<(Dictionary<OrderKey, OrderState> States, List<ReceivedEvent> Waiting)> LockAsync(
        ShardTransaction transaction, string consumer, IReadOnlyList<OrderKey> keys, CancellationToken ct)
    {
        var topics = keys.Select(key => key.Topic).ToArray();
        var aggregates = keys.Select(key => key.Aggregate).ToArray();
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction)
        {
            BatchCommands =
            {
                Of("""
                    SELECT i.topic, i.aggregate, i.sequence
                      FROM inbox i JOIN unnest($2, $3) AS k (topic, aggregate) USING (topic, aggregate)
                     WHERE i.consumer = $1 ORDER BY i.topic, i.aggregate FOR UPDATE OF i
                    """),
                Of("""
                    SELECT d.topic, d.aggregate, min(d.sequence)
                      FROM dead_letters d JOIN unnest($2, $3) AS k (topic, aggregate) USING (topic, aggregate)
                     WHERE d.consumer = $1 AND d.replayed_at IS NULL
                     GROUP BY d.topic, d.aggregate
                    """),
                Of($"""
                    SELECT {EventSql.Columns}
                      FROM inbox_waiting w JOIN unnest($2, $3) AS k (topic, aggregate) USING (topic, aggregate)
                     WHERE w.consumer = $1
                    """),
            },
        };
        var states = new Dictionary<OrderKey, OrderState>();
        var waiting = new List<ReceivedEvent>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            states[new OrderKey(reader.GetString(0), reader.GetGuid(1))] = new OrderState(reader.GetInt64(2), DeadAt: 0);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var key = new OrderKey(reader.GetString(0), reader.GetGuid(1));
            states[key] = states.GetValueOrDefault(key) with { DeadAt = reader.GetInt64(2) };
        }

        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
            waiting.Add(await EventSql.ReadAsync(reader, 0, ct));
        return (states, waiting);

        NpgsqlBatchCommand Of(string sql) => new(sql) { Parameters = { new() { Value = consumer }, new() { Value = topics }, new() { Value = aggregates } } };
    }

    /// <summary>Writes down how far the consumer got and what waits now.</summary>
    /// <exception cref="InboxRaceException">Another process applied the same events first.</exception>
    public static async Task SaveAsync(ShardTransaction transaction, string consumer, InboxPlan plan, CancellationToken ct)
    {
        var steps = plan.Steps.OrderBy(step => step.Key.Topic, StringComparer.Ordinal).ThenBy(step => step.Key.Aggregate).ToList();
        var first = steps.Where(step => step.From == 0).ToList();
        var later = steps.Where(step => step.From > 0).ToList();
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        if (later.Count > 0)
        {
            batch.BatchCommands.Add(Of("""
                UPDATE inbox i SET sequence = s.upto FROM unnest($2, $3, $4, $5) AS s (topic, aggregate, since, upto)
                 WHERE i.consumer = $1 AND i.topic = s.topic AND i.aggregate = s.aggregate AND i.sequence = s.since
                """, later));
        }

        if (first.Count > 0)
        {
            batch.BatchCommands.Add(Of("""
                INSERT INTO inbox (consumer, topic, aggregate, sequence)
                SELECT $1, topic, aggregate, upto FROM unnest($2, $3, $4, $5) AS s (topic, aggregate, since, upto)
                """, first));
        }

        if (steps.Count > 0)
        {
            batch.BatchCommands.Add(Of("""
                DELETE FROM inbox_waiting w USING unnest($2, $3, $4, $5) AS s (topic, aggregate, since, upto)
                 WHERE w.consumer = $1 AND w.topic = s.topic AND w.aggregate = s.aggregate AND w.sequence <= s.upto
                """, steps));
        }

        if (plan.Wait.Count > 0)
            batch.BatchCommands.Add(Waiting(consumer, plan.Wait));
        if (batch.BatchCommands.Count == 0)
            return;

        await batch.ExecuteNonQueryAsync(ct);
        if (later.Count > 0 && batch.BatchCommands[0].RecordsAffected != later.Count)
            throw new InboxRaceException();

        NpgsqlBatchCommand Of(string sql, List<OrderStep> rows) => new(sql)
        {
            Parameters =
            {
                new() { Value = consumer },
                new() { Value = rows.Select(step => step.Key.Topic).ToArray() },
                new() { Value = rows.Select(step => step.Key.Aggregate).ToArray() },
                new() { Value = rows.Select(step => step.From).ToArray() },
                new() { Value = rows.Select(step => step.To).ToArray() },
            },
        };
    }

    /// <summary>Aggregates with events that could be applied, because what they waited for took effect when nobody looked.</summary>
    public static async Task<List<ReceivedEvent>> ReadyAsync(Shard shard, string consumer, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand($"""
            SELECT {string.Join(", ", EventSql.Columns.Split(", ").Select(column => $"w.{column}"))}
              FROM inbox_waiting w
              LEFT JOIN inbox i ON i.consumer = w.consumer AND i.topic = w.topic AND i.aggregate = w.aggregate
             WHERE w.consumer = $1 AND w.sequence <= coalesce(i.sequence, 0) + 1
               AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.consumer = w.consumer AND d.topic = w.topic AND d.aggregate = w.aggregate AND d.replayed_at IS NULL)
             ORDER BY w.topic, w.aggregate, w.sequence LIMIT $2
            """);
        command.Parameters.Add(new() { Value = consumer });
        command.Parameters.Add(new() { Value = limit });
        var ready = new List<ReceivedEvent>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            ready.Add(await EventSql.ReadAsync(reader, 0, ct));
        return ready;
    }

    /// <summary>How many events wait, how many aggregates wait too long, and one of them to name. Aggregates behind a dead letter have their own alarm.</summary>
    public static async Task<(long Waiting, long Late, string? Example)> WaitingAsync(Shard shard, string consumer, TimeSpan tooLong, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("""
            WITH late AS (
                SELECT w.topic, w.aggregate, w.prefix, min(w.sequence) AS sequence
                  FROM inbox_waiting w
                 WHERE w.consumer = $1 AND w.waits_since < now() - $2
                   AND NOT EXISTS (SELECT FROM dead_letters d WHERE d.consumer = w.consumer AND d.topic = w.topic AND d.aggregate = w.aggregate AND d.replayed_at IS NULL)
                 GROUP BY w.topic, w.aggregate, w.prefix
            )
            SELECT (SELECT count(*) FROM inbox_waiting WHERE consumer = $1), (SELECT count(*) FROM late),
                   l.topic, l.prefix, l.aggregate, l.sequence
              FROM (SELECT) AS one LEFT JOIN (SELECT * FROM late LIMIT 1) l ON true
            """);
        command.Parameters.Add(new() { Value = consumer });
        command.Parameters.Add(new() { Value = tooLong });
        await using var reader = await command.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var example = await reader.IsDBNullAsync(2, ct) ? null : $"{reader.GetString(2)}: event {reader.GetInt64(5)} of {Id.From(reader.GetString(3), reader.GetGuid(4))}";
        return (reader.GetInt64(0), reader.GetInt64(1), example);
    }

    private static NpgsqlBatchCommand Waiting(string consumer, IReadOnlyList<ReceivedEvent> events)
    {
        var command = new NpgsqlBatchCommand($"""
            INSERT INTO inbox_waiting ({EventSql.Columns}, consumer)
            SELECT row.*, $11 FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS row ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING
            """);
        foreach (var parameter in EventSql.Parameters(events))
            command.Parameters.Add(parameter);
        command.Parameters.Add(new() { Value = consumer });
        return command;
    }
}

/// <summary>Another process applied the same events first, after a rebalance. This one rolls back and looks again.</summary>
internal sealed class InboxRaceException() : Exception("Another process applied these events at the same time.");
