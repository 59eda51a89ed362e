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
    [InlineData("UPDATE accounts SET overdraft = 1, ceiling = NULL")]
    [InlineData("UPDATE account_changes SET reason = 'x'")]
    [InlineData("UPDATE transfer_expiries SET expires_at = now()")]
    [InlineData("UPDATE exchange_quotes SET to_amount = 1")]
    [InlineData("DELETE FROM exchanges")]
    [InlineData("DELETE FROM transfer_requests")]
    [InlineData("UPDATE blocks SET root = hash")]
    [InlineData("DELETE FROM blocks")]
    [InlineData("TRUNCATE blocks")]
    [InlineData("DELETE FROM transfer_ends")]
    [InlineData("DELETE FROM entry_marks")]
    [InlineData("DELETE FROM chain_head")]
    [InlineData("UPDATE books SET closed_through = 209912")]
    [InlineData("CREATE TABLE transfers_209901 PARTITION OF transfers DEFAULT")]
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
    [InlineData("UPDATE blocks SET transfers = 0")]
    [InlineData("DELETE FROM blocks")]
    [InlineData("DELETE FROM chain_head")]
    [InlineData("TRUNCATE entry_marks")]
    [InlineData("DELETE FROM accounts")]
    [InlineData("TRUNCATE accounts CASCADE")]
    [InlineData("DELETE FROM account_changes")]
    [InlineData("DELETE FROM transfer_expiries")]
    [InlineData("TRUNCATE exchange_quotes CASCADE")]
    [InlineData("UPDATE exchanges SET key = 'x'")]
    [InlineData("UPDATE transfer_requests SET fingerprint = ''")]
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
    [InlineData("transfers_end_names_its_pending", "kind => 3")]
    [InlineData("transfers_end_names_its_pending", "pending => gen_random_uuid()")]
    [InlineData("transfers_one_ledger", "credit_offset => 1")]
    [InlineData("transfers_accounts_differ", "credit_offset => NULL")]
    [InlineData("transfers_amount_in_range", "amount => 0")]
    [InlineData("transfers_amount_in_range", "amount => 1000000000000001")]
    [InlineData("transfers_kind_known", "kind => 5")]
    [InlineData("transfers_type_length", "type => ''")]
    [InlineData("transfers_reference_length", "reference => repeat('x', 256)")]
    [InlineData("_pkey", "is_new => false")]
    public async Task Insert_AgainstARule_IsRefusedByItsConstraint(string constraint, string broken)
    {
        // Everything as it should be but what is broken.
        await _host.SqlAsync(
            """
            CREATE FUNCTION add(kind int DEFAULT 1, pending uuid DEFAULT NULL, credit_offset int DEFAULT 0, amount bigint DEFAULT 5, type text DEFAULT 'fee', reference text DEFAULT NULL, is_new boolean DEFAULT true)
            RETURNS void LANGUAGE sql AS $$
                INSERT INTO transfers (id, kind, pending_id, debit_account_id, credit_account_id, amount, type, external_reference,
                                       debit_version, credit_version, debit_balance, credit_balance, effective_at, created_at, period, block, position)
                SELECT CASE WHEN is_new THEN overlay(t.id::text PLACING right(gen_random_uuid()::text, 12) FROM 25)::uuid ELSE t.id END, add.kind, add.pending,
                       t.debit_account_id, coalesce(t.credit_account_id + credit_offset, t.debit_account_id), add.amount, add.type, add.reference,
                       100, 100, 0, 0, now(), now(), 202601, 9, 0 FROM transfers t WHERE t.kind = 2
            $$
            """);
        await _host.SqlAsync("SELECT add()", AsService);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync($"SELECT add({broken})", AsService));

        Assert.EndsWith(constraint, refused.ConstraintName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Insert_SecondEndOfAPending_IsRefused()
    {
        const string Sql = "INSERT INTO transfer_ends (pending_id, transfer_id) SELECT id, id FROM transfers WHERE kind = 2";
        await _host.SqlAsync(Sql, AsService);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(Sql, AsService));

        Assert.Equal(PostgresErrorCodes.UniqueViolation, refused.SqlState);
    }

    [Fact]
    public async Task Update_CounterBelowZero_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync("UPDATE accounts SET debits_pending = -1", AsService));

        Assert.Equal("accounts_counters_not_negative", refused.ConstraintName);
    }
}
