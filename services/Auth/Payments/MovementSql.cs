using Npgsql;

namespace PayFlow.Auth.Payments;

/// <summary>What succeeded in a span of time, added up.</summary>
/// <param name="PaymentId">Null when it is added up over a merchant's payments.</param>
/// <param name="Kind">capture, void_capture or refund: the ledger's names of them.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="FirstAt">When the first of them succeeded.</param>
public sealed record Movement(Id MerchantId, Id? PaymentId, Mode Mode, Currency Currency, string Kind, long Amount, DateTimeOffset FirstAt);

/// <summary>Adds up operations, for who compares other books with the payments.</summary>
internal static class MovementSql
{
    // A refund that voided its capture moved money that was never settled: another account, so another kind.
    private const string Sum =
        """
        SELECT p.merchant_id, CASE WHEN $3::uuid[] IS NULL THEN NULL ELSE p.id END AS payment, p.mode, p.currency,
               CASE WHEN o.voids_capture THEN 'void_capture' ELSE o.kind END AS moved, sum(o.amount)::bigint, min(o.finished_at)
          FROM operations o JOIN payments p ON p.id = o.payment_id
         WHERE o.finished_at >= $1 AND o.finished_at < $2 AND o.state = 'succeeded' AND o.kind IN ('capture', 'refund')
           AND ($3::uuid[] IS NULL OR p.merchant_id = ANY ($3))
         GROUP BY 1, 2, 3, 4, 5
        """;

    /// <summary>The sums of a shard; by payment when merchants are named.</summary>
    /// <param name="from">From then on.</param>
    /// <param name="to">Before then.</param>
    public static async IAsyncEnumerable<Movement> SumAsync(
        NpgsqlDataSource source, DateTimeOffset from, DateTimeOffset to, IReadOnlyCollection<Id> merchants, int seconds, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await using var command = source.CreateCommand(Sum);
        command.CommandTimeout = seconds;
        command.Parameters.Add(new() { Value = from });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = merchants.Count == 0 ? DBNull.Value : merchants.Select(merchant => merchant.Value).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            yield return new Movement(
                Id.From(IdPrefix.Merchant, reader.GetGuid(0)), reader.IsDBNull(1) ? null : Id.From(IdPrefix.Payment, reader.GetGuid(1)), (Mode)reader.GetInt16(2),
                Currency.Parse(reader.GetString(3)), reader.GetString(4), reader.GetInt64(5), reader.GetFieldValue<DateTimeOffset>(6));
        }
    }
}
