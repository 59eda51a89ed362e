using Npgsql;
using PayFlow.Ledger.IntegrationTests.Support;

namespace PayFlow.Ledger.IntegrationTests.Schema;

/// <summary>What the database itself refuses, whoever holds the connection.</summary>
public sealed class AppendOnlyTests : IAsyncLifetime
{
    private const string Role = "payflow_ledger";
    private const string AsService = $"SET ROLE {Role}";
    private const string NoRight = "42501";
    private const string AppendOnly = "PF100";

    private LedgerHost _host = null!;
    private Asking _asking = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync();
        _asking = new Asking(_host);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100), _asking.Held(_asking.Receivable, _asking.Available, 5));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Theory]
    [InlineData("UPDATE transfers SET amount = amount + 1")]
    [InlineData("UPDATE transfers SET amount = 1 WHERE false")]
    [InlineData("DELETE FROM transfers")]
    [InlineData("TRUNCATE transfers")]
    [InlineData("DELETE FROM accounts")]
    [InlineData("TRUNCATE accounts CASCADE")]
    [InlineData("UPDATE accounts SET rules = 0")]
    [InlineData("UPDATE accounts SET path = 'x'")]
    [InlineData("ALTER TABLE transfers DISABLE TRIGGER ALL")]
    [InlineData("DROP TRIGGER transfers_append_only ON transfers")]
    [InlineData("DROP TABLE transfers")]
    [InlineData("CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'")]
    public async Task Change_ByTheServicesRole_IsRefused(string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(sql, AsService));

        Assert.Equal(NoRight, refused.SqlState);
        Assert.Equal(2, await _host.CountAsync("SELECT count(*) FROM transfers"));
    }

    [Theory]
    [InlineData("UPDATE transfers SET amount = amount + 1")]
    [InlineData("DELETE FROM transfers")]
    [InlineData("TRUNCATE transfers")]
    [InlineData("DELETE FROM accounts")]
    [InlineData("TRUNCATE accounts CASCADE")]
    public async Task Change_ByTheOwnerItself_IsRefusedByTheTrigger(string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(sql));

        Assert.Equal(AppendOnly, refused.SqlState);
        Assert.Equal(105, await _host.CountAsync("SELECT sum(amount)::bigint FROM transfers"));
    }

    [Fact]
    public async Task ServicesRole_OwnsNothing()
    {
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM pg_class WHERE relowner = '{Role}'::regrole"));
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM pg_proc WHERE proowner = '{Role}'::regrole"));
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM pg_roles WHERE rolname = '{Role}' AND (rolsuper OR rolcanlogin OR rolcreaterole OR rolbypassrls)"));
    }

    [Theory]
    [InlineData("transfers_one_end_per_pending", "gen_random_uuid(), 3, t.id, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'release'", 2)]
    [InlineData("transfers_pending_known", "gen_random_uuid(), 3, gen_random_uuid(), t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'release'", 1)]
    [InlineData("transfers_end_names_its_pending", "gen_random_uuid(), 3, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'release'", 1)]
    [InlineData("transfers_debit_book", "gen_random_uuid(), 1, NULL, t.mode, 'EUR', t.debit_account_id, t.credit_account_id, 5, 'fee'", 1)]
    [InlineData("transfers_accounts_differ", "gen_random_uuid(), 1, NULL, t.mode, t.currency, t.debit_account_id, t.debit_account_id, 5, 'fee'", 1)]
    [InlineData("transfers_amount_in_range", "gen_random_uuid(), 1, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 0, 'fee'", 1)]
    [InlineData("transfers_amount_in_range", "gen_random_uuid(), 1, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 1000000000000001, 'fee'", 1)]
    [InlineData("transfers_kind_known", "gen_random_uuid(), 5, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'fee'", 1)]
    [InlineData("transfers_type_shape", "gen_random_uuid(), 1, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'Fee!'", 1)]
    [InlineData("transfers_pkey", "t.id, 2, NULL, t.mode, t.currency, t.debit_account_id, t.credit_account_id, 5, 'fee'", 1)]
    public async Task Insert_AgainstARule_IsRefusedByItsConstraint(string constraint, string values, int times)
    {
        async Task InsertAsync()
        {
            for (var i = 0; i < times; i++)
            {
                // Entry numbers that nobody has, so that only the rule in question is broken.
                await _host.SqlAsync(
                    $"""
                    INSERT INTO transfers (id, kind, pending_id, mode, currency, debit_account_id, credit_account_id, amount, type,
                                           debit_version, credit_version, debit_balance, credit_balance, effective_at, created_at, position)
                    SELECT {values}, 100 + {i}, 100 + {i}, 0, 0, now(), now(), 0 FROM transfers t WHERE t.kind = 2
                    """,
                    AsService);
            }
        }

        var refused = await Assert.ThrowsAsync<PostgresException>(InsertAsync);

        Assert.Equal(constraint, refused.ConstraintName);
    }

    [Fact]
    public async Task Insert_EntryNumberThatIsTaken_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(
            """
            INSERT INTO transfers (id, kind, mode, currency, debit_account_id, credit_account_id, amount, type, debit_version, credit_version, debit_balance, credit_balance, effective_at, created_at, position)
            SELECT gen_random_uuid(), 1, mode, currency, debit_account_id, credit_account_id, 5, 'fee', debit_version, 100, 0, 0, now(), now(), 0 FROM transfers WHERE kind = 2
            """,
            AsService));

        Assert.Equal("transfers_debit_entry", refused.ConstraintName);
    }

    [Fact]
    public async Task Update_CounterBelowZero_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync("UPDATE accounts SET debits_pending = -1", AsService));

        Assert.Equal("accounts_counters_not_negative", refused.ConstraintName);
    }
}
