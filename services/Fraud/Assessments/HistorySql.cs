using System.Numerics;
using Npgsql;
using PayFlow.Fraud.Rules;
using PayFlow.Kernel;

namespace PayFlow.Fraud.Assessments;

/// <summary>Reads of the table <c>amount_history</c>; <see cref="AssessmentSql"/> folds new payments in.</summary>
public static class HistorySql
{
    private const string Read =
        """
        SELECT h.subject, h.mode, h.key, h.currency, h.samples, h.total, h.squares FROM amount_history h
        JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS each (subject, mode, key, currency)) AS asked
            USING (subject, mode, key, currency)
        """;

    /// <summary>What is known by now; a key that is missing has no history.</summary>
    public static async Task<IReadOnlyDictionary<HistoryKey, AmountHistory>> ReadAsync(NpgsqlDataSource source, HistoryKey[] keys, CancellationToken cancel)
    {
        await using var command = source.CreateCommand(Read);
        command.Parameters.Add(new() { Value = keys.Select(key => key.Subject).ToArray() });
        command.Parameters.Add(new() { Value = keys.Select(key => Name(key.Mode)).ToArray() });
        command.Parameters.Add(new() { Value = keys.Select(key => key.Key).ToArray() });
        command.Parameters.Add(new() { Value = keys.Select(key => key.Currency).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var histories = new Dictionary<HistoryKey, AmountHistory>();
        while (await reader.ReadAsync(cancel))
        {
            var key = new HistoryKey(reader.GetString(0), reader.GetString(1) == "live" ? Mode.Live : Mode.Test, reader.GetString(2), reader.GetString(3));
            histories.Add(key, new AmountHistory(reader.GetInt64(4), reader.GetFieldValue<BigInteger>(5), reader.GetFieldValue<BigInteger>(6)));
        }

        return histories;
    }

    internal static string Name(Mode mode) => mode == Mode.Live ? "live" : "test";
}
