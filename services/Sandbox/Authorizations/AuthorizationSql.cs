using Npgsql;
using NpgsqlTypes;
using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.Authorizations;

/// <summary>Statements on the table <c>authorizations</c>.</summary>
public static class AuthorizationSql
{
    internal const string Columns =
        "a.acquirer, a.reference, a.external_id, a.merchant, a.amount, a.currency, a.card, a.decline_code, a.decline_kind, a.captured, a.closed, a.reversed_at, a.created_at, a.voided, a.refunded";

    /// <summary>How many <see cref="Columns"/> there are.</summary>
    internal const int Width = 15;

    private const string Insert =
        """
        INSERT INTO authorizations (acquirer, reference, external_id, merchant, amount, currency, card, decline_code, decline_kind, created_at, returns_with)
        SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[], $11::text[])
            AS asked (acquirer, reference, external_id, merchant, amount, currency, card, decline_code, decline_kind, created_at, returns_with)
        ORDER BY asked.acquirer, asked.reference
        ON CONFLICT ON CONSTRAINT authorizations_pkey DO NOTHING
        """;

    // A statement of its own: its snapshot is taken after the insert has waited for whoever else was writing the same references.
    private const string ReadBack =
        $"""
        SELECT {Columns} FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (acquirer, reference, position)
        JOIN authorizations a ON a.acquirer = asked.acquirer AND a.reference = asked.reference
        ORDER BY asked.position
        """;

    private const string Find = $"SELECT {Columns} FROM authorizations a WHERE a.acquirer = $1 AND a.reference = $2";

    private const string Lock = $"SELECT {Columns} FROM authorizations a WHERE a.acquirer = $1 AND a.external_id = $2 FOR UPDATE";

    // Ids begin with their time, but only to the millisecond: the pair is what orders.
    private const string List =
        $"""
        SELECT {Columns} FROM authorizations a
        WHERE a.acquirer = $1 AND NOT a.tombstone AND a.created_at >= $2 AND a.created_at < $3
            AND ($4::text IS NULL OR (a.created_at, a.external_id) > (SELECT l.created_at, l.external_id FROM authorizations l WHERE l.external_id = $4))
        ORDER BY a.created_at, a.external_id LIMIT $5
        """;

    private const string InsertTombstone =
        """
        INSERT INTO authorizations (acquirer, reference, external_id, amount, reversed_at, created_at) VALUES ($1, $2, $3, 0, $4, $4)
        ON CONFLICT ON CONSTRAINT authorizations_pkey DO NOTHING
        """;

    private const string Reverse =
        """
        UPDATE authorizations SET reversed_at = $3
        WHERE acquirer = $1 AND reference = $2 AND reversed_at IS NULL AND decline_code IS NULL AND captured = voided
        """;

    /// <summary>Writes those whose references are new and gives, in the order asked, what the books have then. One round trip, one commit.</summary>
    public static async Task<IReadOnlyList<Authorization>> WriteAsync(NpgsqlDataSource source, IReadOnlyList<Authorization> asked, CancellationToken cancel)
    {
        var acquirers = asked.Select(authorization => authorization.Acquirer).ToArray();
        var references = asked.Select(authorization => authorization.Reference).ToArray();
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                new() { Value = acquirers },
                new() { Value = references },
                new() { Value = asked.Select(authorization => authorization.ExternalId).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Merchant).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Amount).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Currency).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Card).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Decline?.Code).ToArray() },
                new() { Value = asked.Select(authorization => authorization.Decline?.Kind.ToString()).ToArray() },
                new() { Value = asked.Select(authorization => authorization.CreatedAt).ToArray() },
                new() { Value = asked.Select(authorization => authorization.ReturnsWith).ToArray() },
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(ReadBack) { Parameters = { new() { Value = acquirers }, new() { Value = references } } });
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var written = new List<Authorization>(asked.Count);
        while (await reader.ReadAsync(cancel))
        {
            written.Add(Read(reader));
        }

        return written;
    }

    public static async Task<Authorization?> FindAsync(NpgsqlDataSource source, string acquirer, string reference, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Find);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = reference });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    /// <summary>Locks an authorization by the acquirer's id; null when this acquirer has no such authorization.</summary>
    public static async Task<Authorization?> LockAsync(NpgsqlConnection connection, string acquirer, string externalId, CancellationToken cancel)
    {
        await using var command = new NpgsqlCommand(Lock, connection) { Parameters = { new() { Value = acquirer }, new() { Value = externalId } } };
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    public static async Task<IReadOnlyList<Authorization>> ListAsync(NpgsqlDataSource source, string acquirer, JournalRequest request, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(List);
        command.Parameters.Add(new() { Value = acquirer });
        command.Parameters.Add(new() { Value = request.From });
        command.Parameters.Add(new() { Value = request.Until });
        command.Parameters.Add(new() { Value = (object?)request.After ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = request.Limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<Authorization>();
        while (await reader.ReadAsync(cancel))
        {
            found.Add(Read(reader));
        }

        return found;
    }

    /// <summary>Tombstone, reversal and what is there then, in one transaction: whoever writes the same reference meanwhile is waited for.</summary>
    public static async Task<Authorization> ReverseAsync(
        NpgsqlDataSource source, string acquirer, string reference, string externalId, DateTimeOffset now, CancellationToken cancel)
    {
        await using var batch = source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(InsertTombstone)
        {
            Parameters = { new() { Value = acquirer }, new() { Value = reference }, new() { Value = externalId }, new() { Value = now } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Reverse)
        {
            Parameters = { new() { Value = acquirer }, new() { Value = reference }, new() { Value = now } },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Find) { Parameters = { new() { Value = acquirer }, new() { Value = reference } } });
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : throw new InvalidOperationException($"Reference {reference} is neither there nor could be written.");
    }

    /// <summary>Reads the columns that every statement here selects.</summary>
    internal static Authorization Read(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        Text(reader, 3),
        reader.GetInt64(4),
        Text(reader, 5),
        Text(reader, 6),
        Text(reader, 7) is { } code ? new Decline(code, Enum.Parse<DeclineKind>(reader.GetString(8))) : null,
        reader.GetInt64(9),
        reader.GetBoolean(10),
        reader.IsDBNull(11) ? null : reader.GetFieldValue<DateTimeOffset>(11),
        reader.GetFieldValue<DateTimeOffset>(12),
        reader.GetInt64(13),
        reader.GetInt64(14));

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
