using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Assessments;

/// <summary>Statements on the table <c>assessments</c>, and what new ones add to <c>amount_history</c>.</summary>
public static class AssessmentSql
{
    private const string Columns = "payment_id, score, decision, reasons, degraded, scored_by";

    // The first answer stays. Only what this statement itself inserted is folded into the histories, so a payment counts there once, too;
    // blocked payments don't count: an attacker must not be able to teach us that large amounts are usual.
    private const string Insert =
        """
        WITH asked AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::integer[], $8::text[], $9::jsonb[], $10::boolean[], $11::text[], $12::timestamptz[])
                AS each (payment_id, merchant_id, mode, amount, currency, card_fingerprint, score, decision, reasons, degraded, scored_by, assessed_at)
            ORDER BY payment_id),
        inserted AS (
            INSERT INTO assessments SELECT * FROM asked
            ON CONFLICT ON CONSTRAINT assessments_pkey DO NOTHING
            RETURNING payment_id),
        folded AS (
            SELECT subject, mode, key, currency, count(*) AS samples, sum(amount) AS total, sum(amount::numeric * amount) AS squares
            FROM unnest($13::uuid[], $14::text[], $15::text[], $16::text[], $17::text[], $18::bigint[]) AS each (payment_id, subject, mode, key, currency, amount)
            WHERE payment_id IN (SELECT payment_id FROM inserted)
            GROUP BY subject, mode, key, currency
            ORDER BY subject, mode, key, currency)
        INSERT INTO amount_history AS h (subject, mode, key, currency, samples, total, squares) SELECT * FROM folded
        ON CONFLICT ON CONSTRAINT amount_history_pkey DO UPDATE
            SET samples = h.samples + excluded.samples, total = h.total + excluded.total, squares = h.squares + excluded.squares
        """;

    private const string Find = $"SELECT {Columns} FROM assessments WHERE payment_id = ANY ($1)";

    /// <summary>Writes those that are new, folds them into the histories, and reads what is stored of all. One round trip, one commit.</summary>
    public static async Task<IReadOnlyDictionary<Guid, Assessment>> WriteAsync(NpgsqlDataSource source, IReadOnlyList<Scored> scored, CancellationToken cancel)
    {
        await using var batch = source.CreateBatch();
        var insert = new NpgsqlBatchCommand(Insert);
        AddAssessments(insert.Parameters, scored);
        AddHistories(insert.Parameters, scored);
        batch.BatchCommands.Add(insert);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Find) { Parameters = { new() { Value = scored.Select(one => one.Candidate.Request.PaymentId.Value).ToArray() } } });
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var stored = new Dictionary<Guid, Assessment>(scored.Count);
        while (await reader.ReadAsync(cancel))
        {
            var assessment = Read(reader);
            stored.Add(assessment.PaymentId.Value, assessment);
        }

        return stored;
    }

    public static async Task<Assessment?> FindAsync(NpgsqlDataSource source, Id paymentId, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Find);
        command.Parameters.Add(new() { Value = new[] { paymentId.Value } });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return await reader.ReadAsync(cancel) ? Read(reader) : null;
    }

    private static void AddAssessments(NpgsqlParameterCollection parameters, IReadOnlyList<Scored> scored)
    {
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Request.PaymentId.Value).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Request.MerchantId.Value).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => HistorySql.Name(one.Candidate.Request.Mode)).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Request.Amount.MinorUnits).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Request.Amount.Currency.Code).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Request.Fingerprint).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Score.Total).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => Name(one.Score.Decision)).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => JsonSerializer.Serialize(one.Score.Reasons)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.Activity is null).ToArray() });
        parameters.Add(new() { Value = scored.Select(_ => RiskRules.Name).ToArray() });
        parameters.Add(new() { Value = scored.Select(one => one.Candidate.At).ToArray() });
    }

    private static void AddHistories(NpgsqlParameterCollection parameters, IReadOnlyList<Scored> scored)
    {
        var folded = scored
            .Where(one => one.Score.Decision != RiskDecision.Block)
            .SelectMany(one => HistoryKey.Of(one.Candidate.Request).Select(key => (one.Candidate.Request.PaymentId, Key: key, one.Candidate.Request.Amount)))
            .ToList();
        parameters.Add(new() { Value = folded.Select(one => one.PaymentId.Value).ToArray() });
        parameters.Add(new() { Value = folded.Select(one => one.Key.Subject).ToArray() });
        parameters.Add(new() { Value = folded.Select(one => HistorySql.Name(one.Key.Mode)).ToArray() });
        parameters.Add(new() { Value = folded.Select(one => one.Key.Key).ToArray() });
        parameters.Add(new() { Value = folded.Select(one => one.Key.Currency).ToArray() });
        parameters.Add(new() { Value = folded.Select(one => one.Amount.MinorUnits).ToArray() });
    }

    private static Assessment Read(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.Payment, reader.GetGuid(0)),
        reader.GetInt32(1),
        Enum.Parse<RiskDecision>(reader.GetString(2), ignoreCase: true),
        JsonSerializer.Deserialize<List<RiskReason>>(reader.GetString(3)) ?? [],
        reader.GetBoolean(4),
        reader.GetString(5));

    private static string Name(RiskDecision decision) => decision.ToString().ToLowerInvariant();
}
