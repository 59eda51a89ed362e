using Npgsql;
using NpgsqlTypes;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>A delivery that is to be made.</summary>
internal sealed record NewDelivery(Id Id, Id EventId, string Type, byte[] Body);

/// <summary>A delivery and its attempts, the oldest first.</summary>
internal sealed record LoggedDelivery(Delivery Delivery, IReadOnlyList<Attempt> Attempts);

/// <summary>Statements on the tables <c>webhook_deliveries</c> and <c>webhook_attempts</c>.</summary>
internal static class DeliverySql
{
    private const string Columns = "d.id, d.endpoint_id, d.event_id, d.type, d.state, d.tries, d.next_at, d.created_at, d.finished_at";

    // Endpoints that have something waiting are found by jumping through the index, not by asking every endpoint. Each gets its share, and those with less under way
    // come first: an endpoint that is slow, or has much, takes nothing from the others.
    private const string Claim =
        """
        WITH RECURSIVE waiting AS (
            (SELECT endpoint_id FROM webhook_deliveries WHERE next_at IS NOT NULL ORDER BY endpoint_id LIMIT 1)
            UNION ALL
            SELECT (SELECT d.endpoint_id FROM webhook_deliveries d WHERE d.next_at IS NOT NULL AND d.endpoint_id > w.endpoint_id ORDER BY d.endpoint_id LIMIT 1)
              FROM waiting w WHERE w.endpoint_id IS NOT NULL
        ), due AS (
            SELECT d.id
              FROM waiting w
              JOIN webhook_endpoints e ON e.id = w.endpoint_id AND e.disabled_reason IS NULL
              LEFT JOIN unnest($1::uuid[], $2::integer[]) AS busy (endpoint_id, running) ON busy.endpoint_id = e.id
             CROSS JOIN LATERAL (
                SELECT d.id, d.next_at, row_number() OVER (ORDER BY d.next_at, d.event_id) AS place
                  FROM webhook_deliveries d
                 WHERE d.endpoint_id = e.id AND d.next_at <= $3 AND (d.leased_until IS NULL OR d.leased_until <= $3)
                 ORDER BY d.next_at, d.event_id
                 LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN $4 ELSE 1 END - coalesce(busy.running, 0))
             ) d
             ORDER BY coalesce(busy.running, 0) + d.place, d.next_at
             LIMIT $5
        ), mine AS (
            SELECT d.id FROM webhook_deliveries d JOIN due ON due.id = d.id
             WHERE d.next_at <= $3 AND (d.leased_until IS NULL OR d.leased_until <= $3)
               FOR UPDATE OF d SKIP LOCKED
        )
        UPDATE webhook_deliveries d SET epoch = d.epoch + 1, leased_until = $6
          FROM mine, webhook_endpoints e
         WHERE d.id = mine.id AND e.id = d.endpoint_id
        RETURNING d.id, d.epoch, d.tries, d.event_id, d.body, e.id, e.url, e.kek_id, e.data_key, e.secret, e.previous_secret, e.previous_expires_at
        """;

    public static async Task InsertAsync(ShardTransaction transaction, Id endpoint, IReadOnlyList<NewDelivery> deliveries, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO webhook_deliveries (id, endpoint_id, event_id, type, body, state, next_at, created_at)
            SELECT n.id, $1, n.event_id, n.type, n.body, 'pending', $2, $2 FROM unnest($3, $4, $5, $6) AS n (id, event_id, type, body)
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = endpoint.Value },
                new() { Value = now },
                new() { Value = deliveries.Select(delivery => delivery.Id.Value).ToArray() },
                new() { Value = deliveries.Select(delivery => delivery.EventId.Value).ToArray() },
                new() { Value = deliveries.Select(delivery => delivery.Type).ToArray() },
                new() { Value = deliveries.Select(delivery => delivery.Body).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Takes deliveries that are due, for as long as a lease.</summary>
    /// <param name="running">How many of an endpoint's deliveries this process has under way.</param>
    public static async Task<List<ClaimedDelivery>> ClaimAsync(
        Shard shard, IReadOnlyDictionary<Id, int> running, int perEndpoint, int max, DateTimeOffset now, TimeSpan lease, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(Claim);
        command.Parameters.Add(new() { Value = running.Keys.Select(id => id.Value).ToArray() });
        command.Parameters.Add(new() { Value = running.Values.ToArray() });
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = perEndpoint });
        command.Parameters.Add(new() { Value = max });
        command.Parameters.Add(new() { Value = now + lease });
        var claimed = new List<ClaimedDelivery>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new ClaimedDelivery(
                Id.From(IdPrefix.WebhookDelivery, reader.GetGuid(0)),
                reader.GetInt32(1),
                reader.GetInt32(2),
                Id.From(IdPrefix.Event, reader.GetGuid(3)),
                reader.GetFieldValue<byte[]>(4),
                Id.From(IdPrefix.WebhookEndpoint, reader.GetGuid(5)),
                new Uri(reader.GetString(6)),
                EndpointSql.ReadSecrets(reader, 7)));
        }

        return claimed;
    }

    /// <summary>Writes down what came of an attempt.</summary>
    /// <returns>False when somebody else took the delivery meanwhile, or it is gone; nothing was written then.</returns>
    public static async Task<bool> TryNoteAsync(ShardTransaction transaction, ClaimedDelivery delivery, Attempt attempt, Verdict verdict, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            WITH noted AS (
                UPDATE webhook_deliveries SET state = $3, tries = $4, next_at = $5, finished_at = $6, leased_until = NULL, attempts = attempts + 1
                 WHERE id = $1 AND epoch = $2
                RETURNING id, attempts
            )
            INSERT INTO webhook_attempts (delivery_id, number, started_at, duration_ms, status, error, response)
            SELECT id, attempts, $7, $8, $9, $10, $11 FROM noted
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = delivery.Id.Value },
                new() { Value = delivery.Epoch },
                new() { Value = Names.Of(verdict.State) },
                new() { Value = verdict.Tries },
                Nullable(verdict.NextAt, NpgsqlDbType.TimestampTz),
                Nullable(verdict.State == DeliveryState.Pending ? (DateTimeOffset?)null : now, NpgsqlDbType.TimestampTz),
                new() { Value = attempt.StartedAt },
                new() { Value = attempt.DurationMs },
                Nullable(attempt.Status, NpgsqlDbType.Integer),
                Nullable(attempt.Error, NpgsqlDbType.Text),
                Nullable(attempt.Response, NpgsqlDbType.Text),
            },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>An endpoint's deliveries with their attempts, newest first.</summary>
    public static async Task<List<LoggedDelivery>> ListAsync(NpgsqlDataSource source, Id endpoint, DeliveryState? state, Id? after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"""
            SELECT {Columns} FROM webhook_deliveries d
             WHERE d.endpoint_id = $1 AND ($2::uuid IS NULL OR d.id < $2) AND ($3::text IS NULL OR d.state = $3)
             ORDER BY d.id DESC LIMIT $4
            """);
        command.Parameters.Add(new() { Value = endpoint.Value });
        command.Parameters.Add(Nullable(after?.Value, NpgsqlDbType.Uuid));
        command.Parameters.Add(Nullable(state is { } wanted ? Names.Of(wanted) : null, NpgsqlDbType.Text));
        command.Parameters.Add(new() { Value = limit });
        var deliveries = new List<Delivery>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                deliveries.Add(Read(reader));
            }
        }

        var attempts = await AttemptsAsync(source, deliveries, ct);
        return [.. deliveries.Select(delivery => new LoggedDelivery(delivery, [.. attempts[delivery.Id.Value]]))];
    }

    /// <summary>Sends a delivery again, now, whatever became of it.</summary>
    /// <returns>Null when the endpoint has no such delivery.</returns>
    public static async Task<Delivery?> RedeliverAsync(ShardTransaction transaction, Id delivery, Id endpoint, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"UPDATE webhook_deliveries d SET state = 'pending', tries = 0, next_at = $3, finished_at = NULL WHERE d.id = $1 AND d.endpoint_id = $2 RETURNING {Columns}",
            transaction.Connection,
            transaction.Transaction)
        {
            Parameters = { new() { Value = delivery.Value }, new() { Value = endpoint.Value }, new() { Value = now } },
        };
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    /// <summary>Deletes deliveries that ended long ago.</summary>
    public static async Task<int> ForgetAsync(Shard shard, DateTimeOffset before, int max, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            "DELETE FROM webhook_deliveries WHERE id IN (SELECT id FROM webhook_deliveries WHERE finished_at < $1 ORDER BY finished_at LIMIT $2)");
        command.Parameters.Add(new() { Value = before });
        command.Parameters.Add(new() { Value = max });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<ILookup<Guid, Attempt>> AttemptsAsync(NpgsqlDataSource source, IReadOnlyCollection<Delivery> deliveries, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            "SELECT delivery_id, started_at, duration_ms, status, error, response FROM webhook_attempts WHERE delivery_id = ANY ($1) ORDER BY delivery_id, number");
        command.Parameters.Add(new() { Value = deliveries.Select(delivery => delivery.Id.Value).ToArray() });
        var attempts = new List<(Guid Delivery, Attempt Attempt)>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            attempts.Add((reader.GetGuid(0), new Attempt(
                reader.GetFieldValue<DateTimeOffset>(1),
                reader.GetInt32(2),
                await reader.IsDBNullAsync(3, ct) ? null : reader.GetInt32(3),
                await reader.IsDBNullAsync(4, ct) ? null : reader.GetString(4),
                await reader.IsDBNullAsync(5, ct) ? null : reader.GetString(5))));
        }

        return attempts.ToLookup(row => row.Delivery, row => row.Attempt);
    }

    private static NpgsqlParameter Nullable<T>(T? value, NpgsqlDbType type) => new() { Value = value is null ? DBNull.Value : value, NpgsqlDbType = type };

    private static Delivery Read(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.WebhookDelivery, reader.GetGuid(0)),
        Id.From(IdPrefix.WebhookEndpoint, reader.GetGuid(1)),
        Id.From(IdPrefix.Event, reader.GetGuid(2)),
        reader.GetString(3),
        Names.Parse<DeliveryState>(reader.GetString(4)),
        reader.GetInt32(5),
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6),
        reader.GetFieldValue<DateTimeOffset>(7),
        reader.IsDBNull(8) ? null : reader.GetFieldValue<DateTimeOffset>(8));
}
