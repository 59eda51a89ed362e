using Npgsql;
using NpgsqlTypes;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.Acquirers;

/// <summary>How far an acquirer's journal was compared, and when.</summary>
internal sealed record OrphanMark(DateTimeOffset SweptUntil, DateTimeOffset SweptAt);

/// <summary>Statements on orphans and marks, and on what they are compared with.</summary>
internal static class OrphanSql
{
    private const string Columns = "o.acquirer, o.reference, o.external_id, o.merchant_id, o.amount, o.currency, o.here, o.found_at, o.resolution, o.reason, o.resolved_at";

    private const string Unresolved = $"SELECT {Columns} FROM orphans o WHERE o.acquirer = $1 AND o.resolved_at IS NULL ORDER BY o.found_at, o.reference";

    private const string List =
        $"""
        SELECT {Columns} FROM orphans o WHERE NOT $2 OR o.resolved_at IS NULL OR o.resolution = 'refused'
        ORDER BY o.found_at DESC, o.acquirer, o.reference LIMIT $1
        """;

    private const string Add =
        """
        INSERT INTO orphans (acquirer, reference, external_id, merchant_id, amount, currency, here, found_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (acquirer, reference) DO NOTHING
        """;

    private const string Resolve = "UPDATE orphans SET resolution = $3, reason = $4, resolved_at = $5 WHERE acquirer = $1 AND reference = $2";

    private const string FindMark = "SELECT m.swept_until, m.swept_at FROM orphan_marks m WHERE m.acquirer = $1";

    // A mark only goes forward, whoever is slower.
    private const string SetMark =
        """
        INSERT INTO orphan_marks AS m (acquirer, swept_until, swept_at) VALUES ($1, $2, $3)
        ON CONFLICT (acquirer) DO UPDATE SET swept_until = greatest(m.swept_until, excluded.swept_until), swept_at = greatest(m.swept_at, excluded.swept_at)
        """;

    private const string KnownMerchants = "SELECT m.id FROM merchants m WHERE m.id = ANY ($1)";

    private const string KnownAttempts = "SELECT a.reference, a.state FROM attempts a WHERE a.acquirer = $1 AND a.reference = ANY ($2)";

    /// <summary>
    /// Which of these merchants live on a shard, and the states of the attempts that it has under these references. Read in a transaction that keeps their slots from moving: what is
    /// on its way to another shard must not look lost.
    /// </summary>
    /// <exception cref="StaleSlotException">A slot lives elsewhere by now.</exception>
    public static async Task<(HashSet<Id> Merchants, Dictionary<string, AttemptState> Attempts)> KnownAsync(
        Shard shard, string acquirer, IReadOnlyList<(Id Merchant, string Reference)> asked, CancellationToken ct)
    {
        await using var transaction = await shard.BeginAsync(ct, asked.Select(pair => pair.Merchant.Slot).Distinct());
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction.Transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(KnownMerchants) { Parameters = { new() { Value = asked.Select(pair => pair.Merchant.Value).Distinct().ToArray() } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(KnownAttempts) { Parameters = { new() { Value = acquirer }, new() { Value = asked.Select(pair => pair.Reference).ToArray() } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var merchants = new HashSet<Id>();
        while (await reader.ReadAsync(ct))
        {
            merchants.Add(Id.From(IdPrefix.Merchant, reader.GetGuid(0)));
        }

        await reader.NextResultAsync(ct);
        var attempts = new Dictionary<string, AttemptState>(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            attempts.Add(reader.GetString(0), Names.Parse<AttemptState>(reader.GetString(1)));
        }

        return (merchants, attempts);
    }

    public static async Task<OrphanMark?> FindMarkAsync(NpgsqlDataSource source, string acquirer, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindMark);
        command.Parameters.Add(new() { Value = acquirer });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new OrphanMark(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1)) : null;
    }

    public static Task SetMarkAsync(NpgsqlDataSource source, string acquirer, OrphanMark mark, CancellationToken ct) => ExecuteAsync(source, SetMark, ct, acquirer, mark.SweptUntil, mark.SweptAt);

    /// <summary>Writes down what is about to be reversed, unless it is there.</summary>
    public static Task AddAsync(NpgsqlDataSource source, Orphan orphan, CancellationToken ct) => ExecuteAsync(
        source,
        Add,
        ct,
        orphan.Acquirer,
        orphan.Reference,
        orphan.ExternalId,
        orphan.Merchant.Value,
        orphan.Amount.MinorUnits,
        orphan.Amount.Currency.Code,
        orphan.Here is { } here ? Names.Of(here) : null,
        orphan.FoundAt);

    public static Task ResolveAsync(NpgsqlDataSource source, Orphan orphan, CancellationToken ct) =>
        ExecuteAsync(source, Resolve, ct, orphan.Acquirer, orphan.Reference, Names.Of(orphan.End!.Value), orphan.Reason, orphan.ResolvedAt);

    public static Task<IReadOnlyList<Orphan>> UnresolvedAsync(NpgsqlDataSource source, string acquirer, CancellationToken ct) => ReadAsync(source, Unresolved, ct, acquirer);

    public static Task<IReadOnlyList<Orphan>> ListAsync(NpgsqlDataSource source, int limit, bool onlyOpen, CancellationToken ct) => ReadAsync(source, List, ct, limit, onlyOpen);

    private static async Task<IReadOnlyList<Orphan>> ReadAsync(NpgsqlDataSource source, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new List<Orphan>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(new Orphan(
                reader.GetString(0),
                reader.GetString(1),
                reader.GetString(2),
                Id.From(IdPrefix.Merchant, reader.GetGuid(3)),
                new Money(reader.GetInt64(4), Currency.Parse(reader.GetString(5))),
                reader.IsDBNull(6) ? null : Names.Parse<AttemptState>(reader.GetString(6)),
                reader.GetFieldValue<DateTimeOffset>(7),
                reader.IsDBNull(8) ? null : Names.Parse<OrphanEnd>(reader.GetString(8)),
                reader.IsDBNull(9) ? null : reader.GetString(9),
                reader.IsDBNull(10) ? null : reader.GetFieldValue<DateTimeOffset>(10)));
        }

        return found;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql, CancellationToken ct, params object?[] values)
    {
        await using var command = source.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value is null ? new() { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } : new() { Value = value });
        }

        await command.ExecuteNonQueryAsync(ct);
    }
}
