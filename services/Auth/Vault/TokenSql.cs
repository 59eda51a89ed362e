using Npgsql;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>Statements on the table <c>tokens</c>.</summary>
internal static class TokenSql
{
    /// <summary>What may be known outside the vault, in the order that <see cref="ReadCard"/> reads.</summary>
    public const string CardColumns = "t.id, t.brand, t.bin, t.last4, t.exp_month, t.exp_year, t.country, t.fingerprint";

    private const string Insert =
        """
        INSERT INTO tokens (id, merchant_id, mode, type, brand, bin, last4, exp_month, exp_year, country, fingerprint, kek_id, data_key, pan, cvc, cvc_expires_at, created_at)
        VALUES ($1, $2, $3, 'card', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """;

    private const string InsertAccount =
        """
        INSERT INTO tokens (id, merchant_id, mode, type, routing, last4, holder_type, fingerprint, kek_id, data_key, account, created_at)
        VALUES ($1, $2, $3, 'bank_account', $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string FindSealedAccount =
        "SELECT t.id, t.routing, t.last4, t.holder_type, t.fingerprint, t.kek_id, t.data_key, t.account FROM tokens t WHERE t.id = $1 AND t.type = 'bank_account'";

    private const string FindSealed =
        $"SELECT {CardColumns}, t.kek_id, t.data_key, t.pan, CASE WHEN t.cvc_expires_at > $2 THEN t.cvc END FROM tokens t WHERE t.id = $1 AND t.type = 'card'";

    private const string ForgetOverdue =
        """
        UPDATE tokens SET cvc = NULL, cvc_expires_at = NULL
        WHERE id IN (SELECT id FROM tokens WHERE cvc IS NOT NULL AND cvc_expires_at <= $1 ORDER BY cvc_expires_at LIMIT $2)
        """;

    private const string Forget =
        "UPDATE tokens t SET cvc = NULL, cvc_expires_at = NULL FROM unnest($1::uuid[]) AS used (id) WHERE t.id = used.id AND t.cvc IS NOT NULL";

    public static async Task InsertAsync(
        ShardTransaction transaction, Id merchantId, Mode mode, SealedCard row, DateTimeOffset? cvcExpiresAt, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction.Transaction);
        var values = command.Parameters;
        values.Add(new() { Value = row.Card.TokenId.Value });
        values.Add(new() { Value = merchantId.Value });
        values.Add(new() { Value = (short)mode });
        values.Add(new() { Value = row.Card.Brand });
        values.Add(new() { Value = row.Card.Bin });
        values.Add(new() { Value = row.Card.Last4 });
        values.Add(new() { Value = (short)row.Card.ExpMonth });
        values.Add(new() { Value = (short)row.Card.ExpYear });
        values.Add(new() { Value = (object?)row.Card.Country ?? DBNull.Value });
        values.Add(new() { Value = row.Card.Fingerprint });
        values.Add(new() { Value = row.KekId });
        values.Add(new() { Value = row.DataKey });
        values.Add(new() { Value = row.Number });
        values.Add(new() { Value = (object?)row.Cvc ?? DBNull.Value });
        values.Add(new() { Value = (object?)cvcExpiresAt ?? DBNull.Value });
        values.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task InsertAsync(ShardTransaction transaction, Id merchantId, Mode mode, SealedAccount row, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(InsertAccount, transaction.Connection, transaction.Transaction);
        var values = command.Parameters;
        values.Add(new() { Value = row.Account.TokenId.Value });
        values.Add(new() { Value = merchantId.Value });
        values.Add(new() { Value = (short)mode });
        values.Add(new() { Value = row.Account.Routing });
        values.Add(new() { Value = row.Account.Last4 });
        values.Add(new() { Value = Names.Of(row.Account.Holder) });
        values.Add(new() { Value = row.Account.Fingerprint });
        values.Add(new() { Value = row.KekId });
        values.Add(new() { Value = row.DataKey });
        values.Add(new() { Value = row.Number });
        values.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static async Task<SealedAccount?> FindSealedAccountAsync(NpgsqlDataSource source, Id token, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindSealedAccount);
        command.Parameters.Add(new() { Value = token.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new SealedAccount(
                new BankAccountView(Id.From(IdPrefix.Token, reader.GetGuid(0)), reader.GetString(1), reader.GetString(2), Names.Parse<HolderType>(reader.GetString(3)), reader.GetString(4)),
                reader.GetString(5),
                reader.GetFieldValue<byte[]>(6),
                reader.GetFieldValue<byte[]>(7))
            : null;
    }

    public static async Task<SealedCard?> FindSealedAsync(NpgsqlDataSource source, Id token, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindSealed);
        command.Parameters.Add(new() { Value = token.Value });
        command.Parameters.Add(new() { Value = now });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new SealedCard(
                ReadCard(reader),
                reader.GetString(8),
                reader.GetFieldValue<byte[]>(9),
                reader.GetFieldValue<byte[]>(10),
                reader.IsDBNull(11) ? null : reader.GetFieldValue<byte[]>(11))
            : null;
    }

    /// <summary>The security codes of these tokens were used.</summary>
    public static NpgsqlBatchCommand ForgetCvcs(IEnumerable<Id> tokens) =>
        new(Forget) { Parameters = { new() { Value = tokens.Select(token => token.Value).Order().ToArray() } } };

    /// <summary>Deletes security codes whose minutes are over.</summary>
    public static async Task<int> ForgetOverdueCvcsAsync(NpgsqlDataSource source, DateTimeOffset now, int max, CancellationToken ct)
    {
        await using var command = source.CreateCommand(ForgetOverdue);
        command.Parameters.Add(new() { Value = now });
        command.Parameters.Add(new() { Value = max });
        return await command.ExecuteNonQueryAsync(ct);
    }

    public static CardView ReadCard(NpgsqlDataReader reader) => new(
        Id.From(IdPrefix.Token, reader.GetGuid(0)),
        reader.GetString(1),
        reader.GetString(2),
        reader.GetString(3),
        reader.GetInt16(4),
        reader.GetInt16(5),
        reader.IsDBNull(6) ? null : reader.GetString(6),
        reader.GetString(7));
}
