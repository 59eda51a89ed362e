using Npgsql;

namespace PayFlow.Benchmarks;

/// <summary>
/// A ledger as one writes it in an afternoon, in a database of its own on the system's Postgres: balances that may not go below zero, one row for each transfer, an index for
/// the statements of each side, one transaction for each transfer.
/// </summary>
internal sealed class LedgerBaselines : IAsyncDisposable
{
    private const string Database = "payflow_ledger_baselines";

    private readonly NpgsqlDataSource _source;

    private LedgerBaselines(NpgsqlDataSource source) => _source = source;

    public static async Task<LedgerBaselines> StartAsync(string postgres, int accounts)
    {
        await using (var server = NpgsqlDataSource.Create(postgres))
        {
            await ExecuteAsync(server, $"DROP DATABASE IF EXISTS {Database} WITH (FORCE)");
            await ExecuteAsync(server, $"CREATE DATABASE {Database}");
        }

        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(postgres) { Database = Database, MaxPoolSize = 64, MaxAutoPrepare = 10, AutoPrepareMinUsages = 1 });
        await ExecuteAsync(source, $"""
            CREATE TABLE accounts (id bigint PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0)) WITH (fillfactor = 50);
            CREATE TABLE transfers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, debit_id bigint NOT NULL, credit_id bigint NOT NULL, amount bigint NOT NULL,
                debit_balance bigint NOT NULL, credit_balance bigint NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
            CREATE INDEX ON transfers (debit_id, id);
            CREATE INDEX ON transfers (credit_id, id);
            INSERT INTO accounts SELECT n, 1000000000000 FROM generate_series(0, {accounts - 1}) n;
            CREATE FUNCTION transfer(payer bigint, payee bigint, amount bigint) RETURNS void LANGUAGE plpgsql AS $$
            DECLARE
                payer_balance bigint;
                payee_balance bigint;
            BEGIN
                PERFORM 1 FROM accounts WHERE id IN (payer, payee) ORDER BY id FOR UPDATE;
                UPDATE accounts SET balance = balance - amount WHERE id = payer RETURNING balance INTO payer_balance;
                UPDATE accounts SET balance = balance + amount WHERE id = payee RETURNING balance INTO payee_balance;
                INSERT INTO transfers (debit_id, credit_id, amount, debit_balance, credit_balance) VALUES (payer, payee, amount, payer_balance, payee_balance);
            END
            $$;
            """);
        return new LedgerBaselines(source);
    }

    /// <summary>Locks both accounts, looks at the balance, writes, commits: one statement after the other.</summary>
    public async Task<bool> LockAsync((int From, int To) accounts)
    {
        await using var connection = await _source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var balances = new Dictionary<long, long>(2);
        await using (var command = new NpgsqlCommand("SELECT id, balance FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR UPDATE", connection, transaction) { Parameters = { Of(accounts.From), Of(accounts.To) } })
        {
            await using var reader = await command.ExecuteReaderAsync();
            while (await reader.ReadAsync())
                balances.Add(reader.GetInt64(0), reader.GetInt64(1));
        }

        if (balances[accounts.From] < 1)
            return false;
        await UpdateAsync(accounts.From, balances[accounts.From] - 1);
        await UpdateAsync(accounts.To, balances[accounts.To] + 1);
        await using (var insert = new NpgsqlCommand("INSERT INTO transfers (debit_id, credit_id, amount, debit_balance, credit_balance) VALUES ($1, $2, 1, $3, $4)", connection, transaction)
        {
            Parameters = { Of(accounts.From), Of(accounts.To), Of(balances[accounts.From] - 1), Of(balances[accounts.To] + 1) },
        })
        {
            await insert.ExecuteNonQueryAsync();
        }

        await transaction.CommitAsync();
        return true;

        async Task UpdateAsync(long account, long balance)
        {
            await using var update = new NpgsqlCommand("UPDATE accounts SET balance = $2 WHERE id = $1", connection, transaction) { Parameters = { Of(account), Of(balance) } };
            await update.ExecuteNonQueryAsync();
        }
    }

    /// <summary>The same in one call.</summary>
    public async Task<bool> CallAsync((int From, int To) accounts)
    {
        await using var command = _source.CreateCommand("SELECT transfer($1, $2, 1)");
        command.Parameters.AddRange(new[] { Of(accounts.From), Of(accounts.To) });
        await command.ExecuteNonQueryAsync();
        return true;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private static NpgsqlParameter Of(long value) => new NpgsqlParameter<long> { TypedValue = value };

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
