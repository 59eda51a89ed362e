using Npgsql;
using PayFlow.Auth.Payments;
using PayFlow.Storage;

namespace PayFlow.Auth.Vault;

/// <summary>Statements on the table <c>tokens</c>.</summary>
internal static class TokenSql
{
    // What may be known outside the vault, in the order that ReadCard and ReadAccount read.
    private const string CardColumns = "t.id, t.brand, t.bin, t.last4, t.exp_month, t.exp_year, t.country, t.fingerprint";
    private const string AccountColumns = "t.id, t.routing, t.last4, t.account_type, t.holder_type, t.fingerprint";

    private const string Insert =
        """
        INSERT INTO tokens (id, merchant_id, mode, type, brand, bin, last4, exp_month, exp_year, country, fingerprint, kek_id, data_key, pan, cvc, cvc_expires_at, created_at)
        VALUES ($1, $2, $3, 'card', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
        """;

    private const string InsertAccount =
        """
        INSERT INTO tokens (id, merchant_id, mode, type, routing, last4, account_type, holder_type, fingerprint, kek_id, data_key, account, holder_name, created_at)
        VALUES ($1, $2, $3, 'bank_account', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        """;

    // Without the holder's name, as tokens of accounts once were, no bank takes a debit: those are as if they weren't there.
    private const string FindSealedAccount =
        $"SELECT {AccountColumns}, t.kek_id, t.data_key, t.account, t.holder_name FROM tokens t WHERE t.id = $1 AND t.type = 'bank_account' AND t.holder_name IS NOT NULL";

    private const string FindOfMerchant =
        $"""
        SELECT n.position, t.type, {CardColumns}, {AccountColumns} FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) WITH ORDINALITY AS n (id, merchant_id, mode, position)
        JOIN tokens t ON t.id = n.id AND t.merchant_id = n.merchant_id AND t.mode = n.mode
        WHERE t.type = 'card' OR t.holder_name IS NOT NULL
        """;

    private const string FindSealed =
        $"""
        SELECT {CardColumns}, t.kek_id, t.data_key, t.pan, CASE WHEN t.cvc_expires_at > $2 THEN t.cvc END, n.position
        FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, position) JOIN tokens t ON t.id = n.id AND t.type = 'card'
        """;

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
        values.Add(new() { Value = Names.Of(row.Account.Account) });
        values.Add(new() { Value = Names.Of(row.Account.Holder) });
        values.Add(new() { Value = row.Account.Fingerprint });
        values.Add(new() { Value = row.KekId });
        values.Add(new() { Value = row.DataKey });
        values.Add(new() { Value = row.Number });
        values.Add(new() { Value = row.HolderName });
        values.Add(new() { Value = now });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What of its merchant's each token stands for; a row for those that stand for something.</summary>
    public static NpgsqlBatchCommand Find(IReadOnlyList<(Id Token, Id Merchant, Mode Mode)> asked) => new(FindOfMerchant)
    {
        Parameters =
        {
            new() { Value = asked.Select(each => each.Token.Value).ToArray() },
            new() { Value = asked.Select(each => each.Merchant.Value).ToArray() },
            new() { Value = asked.Select(each => (short)each.Mode).ToArray() },
        },
    };

    /// <summary>A row of the answer to <see cref="Find"/>, and which of those that were asked it answers, from 0.</summary>
    public static (int Position, PaymentMethod Method) ReadMethod(NpgsqlDataReader reader) => (
        (int)reader.GetInt64(0) - 1,
        Names.Parse<PaymentMethodType>(reader.GetString(1)) == PaymentMethodType.Card ? ReadCard(reader, from: 2) : ReadAccount(reader, from: 10));

    public static async Task<SealedAccount?> FindSealedAccountAsync(NpgsqlDataSource source, Id token, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindSealedAccount);
        command.Parameters.Add(new() { Value = token.Value });
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new SealedAccount(
                ReadAccount(reader, from: 0),
                reader.GetString(6),
                reader.GetFieldValue<byte[]>(7),
                reader.GetFieldValue<byte[]>(8),
                reader.GetFieldValue<byte[]>(9))
            : null;
    }

    /// <summary>The cards behind tokens, in the order asked; null where a token is not there or no card's.</summary>
    public static async Task<IReadOnlyList<SealedCard?>> FindSealedAsync(NpgsqlDataSource source, IReadOnlyList<Id> tokens, DateTimeOffset now, CancellationToken ct)
    {
        await using var command = source.CreateCommand(FindSealed);
        command.Parameters.Add(new() { Value = tokens.Select(token => token.Value).ToArray() });
        command.Parameters.Add(new() { Value = now });
        var found = new SealedCard?[tokens.Count];
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            found[reader.GetInt64(12) - 1] = new SealedCard(
                ReadCard(reader, from: 0),
                reader.GetString(8),
                reader.GetFieldValue<byte[]>(9),
                reader.GetFieldValue<byte[]>(10),
                reader.IsDBNull(11) ? null : reader.GetFieldValue<byte[]>(11));
        }

        return found;
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

    private static CardView ReadCard(NpgsqlDataReader reader, int from) => new(
        Id.From(IdPrefix.Token, reader.GetGuid(from)),
        reader.GetString(from + 1),
        reader.GetString(from + 2),
        reader.GetString(from + 3),
        reader.GetInt16(from + 4),
        reader.GetInt16(from + 5),
        reader.IsDBNull(from + 6) ? null : reader.GetString(from + 6),
        reader.GetString(from + 7));

    private static BankAccountView ReadAccount(NpgsqlDataReader reader, int from) => new(
        Id.From(IdPrefix.Token, reader.GetGuid(from)),
        reader.GetString(from + 1),
        reader.GetString(from + 2),
        Names.Parse<AccountType>(reader.GetString(from + 3)),
        Names.Parse<HolderType>(reader.GetString(from + 4)),
        reader.GetString(from + 5));
}
