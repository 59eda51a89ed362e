using System.Collections.Immutable;
using Npgsql;
using NpgsqlTypes;
using PayFlow.Messaging.Feeds;
using PayFlow.Storage;

namespace PayFlow.Auth.Webhooks;

/// <summary>An endpoint whose feed has gone on, and how far its deliveries are queued.</summary>
internal sealed record LaggingEndpoint(Id Id, Feed Feed, IReadOnlyCollection<string>? Types, long Cursor);

/// <summary>Statements on the table <c>webhook_endpoints</c>.</summary>
internal static class EndpointSql
{
    private const string Columns =
        """
        e.id, e.merchant_id, e.mode, e.url, e.description, e.types, e.disabled_reason, e.disabled_at, e.failing_since,
        e.kek_id, e.data_key, e.secret, e.previous_secret, e.previous_expires_at, e.created_at, e.updated_at
        """;

    private const string FeedsEnd = "coalesce((SELECT f.last FROM feeds f WHERE f.merchant = $2 AND f.mode = $3), 0)";

    /// <summary>How many endpoints a merchant has, with the merchant's row locked, so that no other is added meanwhile.</summary>
    public static async Task<int> CountLockedAsync(ShardTransaction transaction, Id merchant, Mode mode, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction)
        {
            BatchCommands =
            {
                new("SELECT FROM merchants WHERE id = $1 FOR NO KEY UPDATE") { Parameters = { new() { Value = merchant.Value } } },
                new("SELECT count(*)::integer FROM webhook_endpoints WHERE merchant_id = $1 AND mode = $2") { Parameters = { new() { Value = merchant.Value }, new() { Value = (short)mode } } },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return reader.GetInt32(0);
    }

    /// <summary>A new endpoint gets what its feed tells from now on.</summary>
    public static Task InsertAsync(ShardTransaction transaction, WebhookEndpoint endpoint, CancellationToken ct) => ExecuteAsync(
        transaction,
        $"""
        INSERT INTO webhook_endpoints (id, merchant_id, mode, url, description, types, disabled_reason, disabled_at, failing_since,
            kek_id, data_key, secret, previous_secret, previous_expires_at, created_at, updated_at, cursor)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, {FeedsEnd})
        """,
        endpoint,
        ct);

    /// <summary>Writes a changed endpoint, whose row is locked.</summary>
    /// <param name="startsAnew">It gets what its feed tells from now on, and not what came while it was disabled.</param>
    public static Task UpdateAsync(ShardTransaction transaction, WebhookEndpoint endpoint, bool startsAnew, CancellationToken ct) => ExecuteAsync(
        transaction,
        $"""
        UPDATE webhook_endpoints SET url = $4, description = $5, types = $6, disabled_reason = $7, disabled_at = $8, failing_since = $9,
            kek_id = $10, data_key = $11, secret = $12, previous_secret = $13, previous_expires_at = $14, created_at = $15, updated_at = $16,
            cursor = {(startsAnew ? FeedsEnd : "cursor")}
        WHERE id = $1 AND merchant_id = $2 AND mode = $3
        """,
        endpoint,
        ct);

    public static async Task<bool> DeleteAsync(ShardTransaction transaction, Id endpoint, Feed owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("DELETE FROM webhook_endpoints WHERE id = $1 AND merchant_id = $2 AND mode = $3", transaction.Connection, transaction.Transaction);
        Owned(command, endpoint, owner);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public static async Task<WebhookEndpoint?> FindAsync(NpgsqlDataSource source, Id endpoint, Feed owner, CancellationToken ct)
    {
        await using var command = source.CreateCommand($"SELECT {Columns} FROM webhook_endpoints e WHERE e.id = $1 AND e.merchant_id = $2 AND e.mode = $3");
        Owned(command, endpoint, owner);
        return await ReadOneAsync(command, ct);
    }

    public static async Task<WebhookEndpoint?> LockAsync(ShardTransaction transaction, Id endpoint, Feed owner, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"SELECT {Columns} FROM webhook_endpoints e WHERE e.id = $1 AND e.merchant_id = $2 AND e.mode = $3 FOR NO KEY UPDATE", transaction.Connection, transaction.Transaction);
        Owned(command, endpoint, owner);
        return await ReadOneAsync(command, ct);
    }

    /// <summary>A merchant's endpoints, newest first.</summary>
    public static async Task<List<WebhookEndpoint>> ListAsync(NpgsqlDataSource source, Feed owner, Id? after, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(
            $"SELECT {Columns} FROM webhook_endpoints e WHERE e.merchant_id = $2 AND e.mode = $3 AND ($1::uuid IS NULL OR e.id < $1) ORDER BY e.id DESC LIMIT $4");
        command.Parameters.Add(new() { Value = after?.Value ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        command.Parameters.Add(new() { Value = owner.Merchant.Value });
        command.Parameters.Add(new() { Value = (short)owner.Mode });
        command.Parameters.Add(new() { Value = limit });
        var endpoints = new List<WebhookEndpoint>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            endpoints.Add(Read(reader));
        }

        return endpoints;
    }

    /// <summary>Enabled endpoints whose feed has events that aren't queued for them yet.</summary>
    public static async Task<List<LaggingEndpoint>> FindLaggingAsync(Shard shard, int limit, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            """
            SELECT e.id, e.merchant_id, e.mode, e.types, e.cursor
              FROM webhook_endpoints e JOIN feeds f ON f.merchant = e.merchant_id AND f.mode = e.mode
             WHERE e.disabled_reason IS NULL AND f.last > e.cursor
             LIMIT $1
            """);
        command.Parameters.Add(new() { Value = limit });
        var lagging = new List<LaggingEndpoint>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var types = reader.GetFieldValue<string[]>(3);
            lagging.Add(new LaggingEndpoint(
                Id.From(IdPrefix.WebhookEndpoint, reader.GetGuid(0)),
                new Feed(Id.From(IdPrefix.Merchant, reader.GetGuid(1)), (Mode)reader.GetInt16(2)),
                types.Length == 0 ? null : types,
                reader.GetInt64(4)));
        }

        return lagging;
    }

    /// <summary>Moves an endpoint's place in its feed on, if it is still where it was found.</summary>
    public static async Task<bool> TryMoveCursorAsync(ShardTransaction transaction, LaggingEndpoint endpoint, long to, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "UPDATE webhook_endpoints SET cursor = $3 WHERE id = $1 AND cursor = $2 AND disabled_reason IS NULL", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = endpoint.Id.Value }, new() { Value = endpoint.Cursor }, new() { Value = to } },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>A success ends a time of failures.</summary>
    public static async Task NoteSuccessAsync(ShardTransaction transaction, Id endpoint, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("UPDATE webhook_endpoints SET failing_since = NULL WHERE id = $1 AND failing_since IS NOT NULL", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = endpoint.Value } },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A failure begins a time of failures, if none has begun.</summary>
    /// <returns>The endpoint, its row locked; null when it was deleted.</returns>
    public static async Task<WebhookEndpoint?> NoteFailureAsync(ShardTransaction transaction, Id endpoint, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            $"UPDATE webhook_endpoints e SET failing_since = coalesce(e.failing_since, $2) WHERE e.id = $1 RETURNING {Columns}", transaction.Connection, transaction.Transaction)
        {
            Parameters = { new() { Value = endpoint.Value }, new() { Value = now } },
        };
        return await ReadOneAsync(command, ct);
    }

    /// <summary>Disables an endpoint whose row is locked.</summary>
    /// <returns>The sequence of the event that tells of it.</returns>
    public static async Task<long> DisableAsync(ShardTransaction transaction, Id endpoint, string reason, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            UPDATE webhook_endpoints SET disabled_reason = $2, disabled_at = $3, updated_at = $3, event_sequence = event_sequence + 1
            WHERE id = $1 AND disabled_reason IS NULL RETURNING event_sequence
            """,
            transaction.Connection,
            transaction.Transaction)
        {
            Parameters = { new() { Value = endpoint.Value }, new() { Value = reason }, new() { Value = now } },
        };
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task ExecuteAsync(ShardTransaction transaction, string sql, WebhookEndpoint endpoint, CancellationToken ct)
    {
        var secrets = endpoint.Secrets;
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction.Transaction)
        {
            Parameters =
            {
                new() { Value = endpoint.Id.Value },
                new() { Value = endpoint.MerchantId.Value },
                new() { Value = (short)endpoint.Mode },
                new() { Value = endpoint.Url.AbsoluteUri },
                new() { Value = endpoint.Description ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = endpoint.Types.ToArray() },
                new() { Value = endpoint.DisabledReason ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                Time(endpoint.DisabledAt),
                Time(endpoint.FailingSince),
                new() { Value = secrets.KekId },
                new() { Value = secrets.DataKey },
                new() { Value = secrets.Current },
                new() { Value = secrets.Previous ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
                Time(secrets.PreviousExpiresAt),
                new() { Value = endpoint.CreatedAt },
                new() { Value = endpoint.UpdatedAt },
            },
        };
        await command.ExecuteNonQueryAsync(ct);
    }

    private static void Owned(NpgsqlCommand command, Id endpoint, Feed owner)
    {
        command.Parameters.Add(new() { Value = endpoint.Value });
        command.Parameters.Add(new() { Value = owner.Merchant.Value });
        command.Parameters.Add(new() { Value = (short)owner.Mode });
    }

    private static NpgsqlParameter Time(DateTimeOffset? time) => new() { Value = time?.ToUniversalTime() ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private static async Task<WebhookEndpoint?> ReadOneAsync(NpgsqlCommand command, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    private static WebhookEndpoint Read(NpgsqlDataReader reader) => new()
    {
        Id = Id.From(IdPrefix.WebhookEndpoint, reader.GetGuid(0)),
        MerchantId = Id.From(IdPrefix.Merchant, reader.GetGuid(1)),
        Mode = (Mode)reader.GetInt16(2),
        Url = new Uri(reader.GetString(3)),
        Description = reader.IsDBNull(4) ? null : reader.GetString(4),
        Types = reader.GetFieldValue<string[]>(5).ToImmutableArray(),
        DisabledReason = reader.IsDBNull(6) ? null : reader.GetString(6),
        DisabledAt = ReadTime(reader, 7),
        FailingSince = ReadTime(reader, 8),
        Secrets = ReadSecrets(reader, 9),
        CreatedAt = reader.GetFieldValue<DateTimeOffset>(14),
        UpdatedAt = reader.GetFieldValue<DateTimeOffset>(15),
    };

    /// <summary>Five columns: the key's name, the data key, the secret, the previous one and when that expires.</summary>
    internal static EndpointSecrets ReadSecrets(NpgsqlDataReader reader, int column) => new(
        reader.GetString(column),
        reader.GetFieldValue<byte[]>(column + 1),
        reader.GetFieldValue<byte[]>(column + 2),
        reader.IsDBNull(column + 3) ? null : reader.GetFieldValue<byte[]>(column + 3),
        ReadTime(reader, column + 4));

    private static DateTimeOffset? ReadTime(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}
