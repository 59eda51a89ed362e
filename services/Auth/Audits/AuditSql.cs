using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PayFlow.ServiceDefaults.Json;
using PayFlow.Storage;

namespace PayFlow.Auth.Audits;

/// <summary>Statements on the table <c>audit</c>.</summary>
internal static class AuditSql
{
    private const string Insert =
        "INSERT INTO audit (at, actor, action, merchant_id, subject, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    private const string OfMerchant =
        """
        SELECT sequence, at, actor, action, subject, before, after FROM audit WHERE merchant_id = $1 AND ($2::bigint IS NULL OR sequence < $2)
        ORDER BY sequence DESC LIMIT $3
        """;

    private const string Faults = "SELECT sequence, fault FROM audit_faults() LIMIT 100";

    private const string Head = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";

    public static async Task InsertAsync(ShardTransaction transaction, AuditLine line, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction.Transaction);
        var values = command.Parameters;
        values.Add(new() { Value = line.At });
        values.Add(new() { Value = line.Actor });
        values.Add(new() { Value = line.Action });
        values.Add(new() { Value = line.MerchantId.Value });
        values.Add(new() { Value = line.Subject.ToString() });
        values.Add(Json(line.Before));
        values.Add(Json(line.After));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>A merchant's lines, newest first.</summary>
    /// <param name="before">Only lines before this one.</param>
    public static async Task<IReadOnlyList<AuditLineView>> ListAsync(NpgsqlDataSource source, Id merchant, long? before, int limit, CancellationToken ct)
    {
        await using var command = source.CreateCommand(OfMerchant);
        command.Parameters.Add(new() { Value = merchant.Value });
        command.Parameters.Add(new() { Value = (object?)before ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = limit });
        var lines = new List<AuditLineView>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            lines.Add(new AuditLineView(
                reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), JsonAt(reader, 5), JsonAt(reader, 6)));
        }

        return lines;
    }

    /// <summary>Checks a shard's chain from its first line to its last.</summary>
    public static async Task<AuditChainView> CheckAsync(Shard shard, CancellationToken ct)
    {
        await using var batch = shard.Source.CreateBatch();
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Head));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Faults));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var (length, head) = await reader.ReadAsync(ct) ? (reader.GetInt64(0), Convert.ToHexStringLower(reader.GetFieldValue<byte[]>(1))) : (0, null);
        await reader.NextResultAsync(ct);
        var faults = new List<AuditFaultView>();
        while (await reader.ReadAsync(ct))
        {
            faults.Add(new AuditFaultView(reader.GetInt64(0), reader.GetString(1)));
        }

        return new AuditChainView(shard.Number, length, head, faults.Count == 0, faults);
    }

    private static NpgsqlParameter Json(object? value) =>
        new() { Value = value is null ? DBNull.Value : JsonSerializer.Serialize(value, ApiJson.Options), NpgsqlDbType = NpgsqlDbType.Jsonb };

    private static JsonElement? JsonAt(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : JsonElement.Parse(reader.GetString(column));
}
