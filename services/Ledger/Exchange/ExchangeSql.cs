using Npgsql;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Storage;

namespace PayFlow.Ledger.Exchange;

/// <summary>The tables <c>exchange_quotes</c> and <c>exchanges</c>: rows are added and read, nothing else.</summary>
internal static class ExchangeSql
{
    public static async Task AddQuoteAsync(ShardTransaction transaction, Quote quote, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            INSERT INTO exchange_quotes (
                id, mode, from_path, from_currency, from_amount, to_path, to_currency, to_amount, fee, rate_numerator, rate_denominator, rate_source, rate_at, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """,
            transaction.Connection,
            transaction.Transaction);
        object[] values =
        [
            quote.Id.Value, (short)quote.From.Mode, quote.From.Path, quote.From.Currency.Code, quote.FromAmount, quote.To.Path, quote.To.Currency.Code, quote.ToAmount, quote.Fee,
            quote.Rate.Numerator, quote.Rate.Denominator, quote.Rate.Source, quote.Rate.At.ToUniversalTime(), quote.CreatedAt, quote.ExpiresAt,
        ];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<Quote?> FindQuoteAsync(Shard shard, Id id, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand(
            """
            SELECT mode, from_path, from_currency, from_amount, to_path, to_currency, to_amount, fee, rate_numerator, rate_denominator, rate_source, rate_at, created_at, expires_at
              FROM exchange_quotes WHERE id = $1
            """);
        command.Parameters.Add(new() { Value = id.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
        {
            return null;
        }

        var from = AccountSql.ReadName(reader, path: 1, mode: 0, currency: 2);
        var to = AccountSql.ReadName(reader, path: 4, mode: 0, currency: 5);
        var rate = new ExchangeRate(from.Currency, to.Currency, reader.GetInt64(8), reader.GetInt64(9), reader.GetString(10), reader.GetFieldValue<DateTimeOffset>(11));
        return new Quote(
            id, from, to, reader.GetInt64(3), reader.GetInt64(6), reader.GetInt64(7), rate, reader.GetFieldValue<DateTimeOffset>(12), reader.GetFieldValue<DateTimeOffset>(13));
    }

    /// <summary>Uses a quote. Who is second waits for the first, and is told no once that has committed.</summary>
    public static async Task<bool> TryUseAsync(ShardTransaction transaction, ExecutedQuote executed, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO exchanges (quote_id, key, executed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", transaction.Connection, transaction.Transaction);
        command.Parameters.Add(new() { Value = executed.Quote.Id.Value });
        command.Parameters.Add(new() { Value = executed.Key });
        command.Parameters.Add(new() { Value = executed.ExecutedAt });
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    public static async Task<ExecutedQuote?> FindAsync(Shard shard, Quote quote, CancellationToken ct)
    {
        await using var command = shard.Source.CreateCommand("SELECT key, executed_at FROM exchanges WHERE quote_id = $1");
        command.Parameters.Add(new() { Value = quote.Id.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new ExecutedQuote(quote, reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)) : null;
    }
}
