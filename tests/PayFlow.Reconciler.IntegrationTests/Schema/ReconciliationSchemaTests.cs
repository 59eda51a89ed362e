using System.Reflection;
using Npgsql;
using PayFlow.Reconciler.IntegrationTests.Support;

namespace PayFlow.Reconciler.IntegrationTests.Schema;

/// <summary>What the database itself refuses, whatever the service asks for.</summary>
[Collection(SharedReconciler.Name)]
public sealed class ReconciliationSchemaTests(SharedReconciler shared) : IAsyncLifetime
{
    private const string NoRight = "42501";

    private const string Disputed =
        """
        INSERT INTO disputes (id, slot, item_id, acquirer, external_id, currency, reason, respond_by, debit_reference, opened_at, amount, state, fee, credit_reference, closed_at)
        SELECT item_id, slot, item_id, acquirer, external_id, currency, 'general', now(), 'd', now(),
        """ + " ";

    private readonly ReconcilerHost _host = shared.Host;
    private readonly Report _report = new();

    public Task InitializeAsync()
    {
        var item = _report.Submit(1_000);
        _report.Line(item, 900);
        _report.Complete();
        return _host.ApplyAsync(_report.Events);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("UPDATE records SET expected = 1")]
    [InlineData("UPDATE records SET fee = 0")]
    [InlineData("UPDATE records SET kind = 'refund'")]
    [InlineData("DELETE FROM records")]
    [InlineData("UPDATE lines SET amount = 1")]
    [InlineData("UPDATE lines SET raw = ''")]
    [InlineData("DELETE FROM lines")]
    [InlineData("TRUNCATE lines")]
    [InlineData("UPDATE deposits SET gross = 1")]
    [InlineData("DELETE FROM deposits")]
    [InlineData("UPDATE exceptions SET expected = 1")]
    [InlineData("DELETE FROM exceptions")]
    [InlineData("DROP TABLE deposits")]
    [InlineData("UPDATE notices SET data = '{}'")]
    [InlineData("DELETE FROM notices")]
    [InlineData("DELETE FROM notice_cursors")]
    [InlineData("UPDATE disputes SET amount = 1")]
    [InlineData("DELETE FROM disputes")]
    public async Task Change_ByTheServicesRole_IsNotItsRight(string sql)
    {
        var before = await _host.BooksAsync(_report);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.ExecuteInRoleAsync(sql));
        Assert.Equal(NoRight, refused.SqlState);
        Assert.Equal(before, await _host.BooksAsync(_report));
    }

    [Theory]
    [InlineData("UPDATE records SET state = 'lost', settled = 0 WHERE batch_id = $1", "records_state_known")]
    [InlineData("UPDATE records SET settled = 1001 WHERE batch_id = $1", "records_never_oversettled")]
    [InlineData("UPDATE records SET settled = 1000 WHERE batch_id = $1", "records_state_is_amounts")]
    [InlineData("UPDATE records SET state = 'matched' WHERE batch_id = $1", "records_state_is_amounts")]
    [InlineData("UPDATE records SET fee = -1 WHERE batch_id = $1", "records_fee")]
    [InlineData("UPDATE records SET kind = 'refund', expected = -expected, settled = -settled WHERE batch_id = $1", "records_fee")]
    [InlineData("UPDATE records SET kind = 'refund' WHERE batch_id = $1", "records_fee")]
    [InlineData("UPDATE records SET kind = 'refund', fee = 0 WHERE batch_id = $1", "records_never_oversettled")]
    [InlineData("UPDATE records SET kind = 'refund', fee = 0, expected = -expected WHERE batch_id = $1", "records_never_oversettled")]
    [InlineData("UPDATE records SET kind = 'refund', fee = 0, expected = -settled, settled = -settled WHERE batch_id = $1", "records_state_is_amounts")]
    [InlineData("UPDATE records SET kind = 'gift', fee = 0 WHERE batch_id = $1", "records_never_oversettled")]
    [InlineData("UPDATE lines SET outcome = 'lost' WHERE batch_id = $1", "lines_outcome_known")]
    [InlineData("UPDATE lines SET unexplained = 1 WHERE batch_id = $1", "lines_explained")]
    [InlineData("UPDATE lines SET settled = settled + 1, unexplained = -1 WHERE batch_id = $1", "lines_explained")]
    [InlineData("UPDATE lines SET amount = -1, settled = 0, unexplained = 0 WHERE batch_id = $1", "lines_explained")]
    [InlineData("INSERT INTO lines SELECT * FROM lines WHERE batch_id = $1", "lines_pkey")]
    [InlineData("UPDATE deposits SET gross = 901 WHERE batch_id = $1", "deposits_explained")]
    [InlineData("UPDATE deposits SET charge = -1 WHERE batch_id = $1", "deposits_amounts")]
    [InlineData("INSERT INTO deposits SELECT * FROM deposits WHERE batch_id = $1", "deposits_pkey")]
    [InlineData("UPDATE exceptions SET kind = 'odd' WHERE batch_id = $1", "exceptions_kind_known")]
    [InlineData("UPDATE exceptions SET state = 'lost' WHERE batch_id = $1", "exceptions_state_known")]
    [InlineData("UPDATE exceptions SET state = 'resolved' WHERE batch_id = $1", "exceptions_resolved_says_how")]
    [InlineData("UPDATE exceptions SET merchant_id = NULL WHERE batch_id = $1", "exceptions_of_a_batch")]
    [InlineData(Disputed + "0, 'open', 0, NULL, NULL FROM records WHERE batch_id = $1", "disputes_amount_positive")]
    [InlineData(Disputed + "1, 'odd', 0, NULL, now() FROM records WHERE batch_id = $1", "disputes_state_known")]
    [InlineData(Disputed + "1, 'open', 0, NULL, now() FROM records WHERE batch_id = $1", "disputes_closed_whole")]
    [InlineData(Disputed + "1, 'won', 0, 'c', NULL FROM records WHERE batch_id = $1", "disputes_closed_whole")]
    [InlineData(Disputed + "1, 'won', 1, 'c', now() FROM records WHERE batch_id = $1", "disputes_fee_when_lost")]
    [InlineData(Disputed + "1, 'lost', 1, 'c', now() FROM records WHERE batch_id = $1", "disputes_credit_when_won")]
    public async Task Change_AgainstARule_IsRefusedEvenOfTheOwner(string sql, string constraint)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _host.SqlAsync(sql, _report.Batch.Value));
        Assert.Equal(constraint, refused.ConstraintName);
    }

    [Fact]
    public async Task Down_TakesEverythingAwayThatUpMade()
    {
        await using var host = await ReconcilerHost.StartAsync();
        const string Ours = "SELECT count(*) FROM pg_class WHERE relname IN ('records', 'lines', 'deposits', 'exceptions')";
        const string Columns = "SELECT string_agg(column_name, ' ' ORDER BY column_name) FROM information_schema.columns WHERE table_name = 'records'";
        Assert.Equal(4L, await host.SqlAsync(Ours));
        var columns = await host.SqlAsync(Columns);

        const string Returns = "SELECT count(*) FROM pg_class WHERE relname = 'returns'";
        await host.SqlAsync(await ScriptAsync("0004_returns.down.sql"));
        Assert.Equal(0L, await host.SqlAsync(Returns));
        await host.SqlAsync((await ScriptAsync("0004_returns.up.sql")).Replace("${role}", "payflow_reconciler", StringComparison.Ordinal));
        Assert.Equal(1L, await host.SqlAsync(Returns));
        await host.SqlAsync(await ScriptAsync("0004_returns.down.sql"));

        const string Notices = "SELECT count(*) FROM pg_class WHERE relname IN ('disputes', 'notices', 'notice_cursors')";
        Assert.Equal(3L, await host.SqlAsync(Notices));
        await host.SqlAsync(await ScriptAsync("0003_disputes.down.sql"));
        Assert.Equal(0L, await host.SqlAsync(Notices));
        await host.SqlAsync((await ScriptAsync("0003_disputes.up.sql")).Replace("${role}", "payflow_reconciler", StringComparison.Ordinal));
        Assert.Equal(3L, await host.SqlAsync(Notices));
        await host.SqlAsync(await ScriptAsync("0003_disputes.down.sql"));

        await host.SqlAsync(await ScriptAsync("0002_refunds.down.sql"));
        Assert.NotEqual(columns, await host.SqlAsync(Columns));
        await host.SqlAsync((await ScriptAsync("0002_refunds.up.sql")).Replace("${role}", "payflow_reconciler", StringComparison.Ordinal));
        Assert.Equal(columns, await host.SqlAsync(Columns));

        await host.SqlAsync(await ScriptAsync("0002_refunds.down.sql"));
        await host.SqlAsync(await ScriptAsync("0001_reconciliation.down.sql"));
        Assert.Equal(0L, await host.SqlAsync(Ours));

        await host.SqlAsync((await ScriptAsync("0001_reconciliation.up.sql")).Replace("${role}", "payflow_reconciler", StringComparison.Ordinal));
        Assert.Equal(4L, await host.SqlAsync(Ours));
    }

    private static async Task<string> ScriptAsync(string name)
    {
        var assembly = Assembly.Load("PayFlow.Reconciler");
        var resource = Assert.Single(assembly.GetManifestResourceNames(), resource => resource.EndsWith(name, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return await reader.ReadToEndAsync();
    }
}
