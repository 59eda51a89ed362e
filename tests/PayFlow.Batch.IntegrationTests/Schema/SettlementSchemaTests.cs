using System.Reflection;
using Npgsql;
using PayFlow.Batch.IntegrationTests.Support;
using PayFlow.Kernel;

namespace PayFlow.Batch.IntegrationTests.Schema;

/// <summary>What the database itself refuses, whatever the service asks for.</summary>
[Collection(SharedServices.Name)]
public sealed class SettlementSchemaTests(SharedServices shared) : IAsyncLifetime
{
    private const string NoRight = "42501";

    private readonly BatchHost _batch = shared.Batch;
    private readonly Merchant _merchant = new();
    private Id _id;

    public async Task InitializeAsync()
    {
        await _batch.CaptureAsync(shared.Sandbox, _merchant, "northbank", 1_000, 2_000);
        _id = Assert.Single(await _batch.CutoffAsync(_merchant));
        await _batch.SettleAsync(_id);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("UPDATE report_lines SET amount = 1")]
    [InlineData("DELETE FROM report_lines")]
    [InlineData("TRUNCATE report_lines")]
    [InlineData("UPDATE batches SET file = ''")]
    [InlineData("UPDATE batches SET amount = 1")]
    [InlineData("UPDATE batches SET merchant_id = id")]
    [InlineData("DELETE FROM batches")]
    [InlineData("UPDATE items SET amount = 1")]
    [InlineData("UPDATE items SET external_id = ''")]
    [InlineData("UPDATE items SET kind = 'refund'")]
    [InlineData("UPDATE batches SET amount_refunded = 1")]
    [InlineData("UPDATE withdrawals SET capture_id = refund_id")]
    [InlineData("DELETE FROM withdrawals")]
    [InlineData("DELETE FROM items")]
    [InlineData("DROP TRIGGER items_stay_sealed ON items")]
    [InlineData("DROP TABLE report_lines")]
    public async Task Change_ByTheServicesRole_IsNotItsRight(string sql)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _batch.ExecuteInRoleAsync(sql));
        Assert.Equal(NoRight, refused.SqlState);
        Assert.Equal(2L, await _batch.SqlAsync("SELECT count(*) FROM report_lines WHERE batch_id = $1 AND amount >= 1000", _id.Value));
    }

    [Theory]
    [InlineData("UPDATE batches SET state = 'lost' WHERE id = $1", "batches_state_known")]
    [InlineData("UPDATE batches SET items = 0, items_settled = 0 WHERE id = $1", "batches_not_empty")]
    [InlineData("UPDATE batches SET charge = -1 WHERE id = $1", "batches_totals")]
    [InlineData("UPDATE batches SET amount_settled = amount + 1 WHERE id = $1", "batches_never_oversettled")]
    [InlineData("UPDATE batches SET amount_refunded_settled = amount_refunded + 1 WHERE id = $1", "batches_never_oversettled")]
    [InlineData("UPDATE batches SET amount_refunded = 500, amount = amount - 500, amount_settled = amount + 1 WHERE id = $1", "batches_never_oversettled")]
    [InlineData("UPDATE batches SET amount = -1, amount_settled = 0 WHERE id = $1", "batches_never_oversettled")]
    [InlineData("UPDATE batches SET amount_refunded = -1 WHERE id = $1", "batches_never_oversettled")]
    [InlineData("INSERT INTO batches SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid()))).* FROM batches b WHERE id = $1", "batches_one_per_day_and_ordinal")]
    [InlineData("UPDATE items SET state = 'lost' WHERE batch_id = $1", "items_state_known")]
    [InlineData("UPDATE items SET state = 'open' WHERE batch_id = $1", "items_sealed_has_batch")]
    [InlineData("UPDATE items SET amount_settled = amount + 1 WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET amount = 0, amount_settled = 0 WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET fee = -1 WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET kind = 'refund' WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET kind = 'refund', amount = -amount, amount_settled = 0 WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET kind = 'refund', amount = -amount, amount_settled = -amount - 1, fee = 0 WHERE batch_id = $1", "items_amounts")]
    [InlineData("UPDATE items SET kind = 'gift' WHERE batch_id = $1", "items_kind_known")]
    [InlineData("UPDATE items SET state = 'withdrawn' WHERE batch_id = $1", "items_sealed_has_batch")]
    [InlineData("INSERT INTO withdrawals SELECT id, 0, id, 'lost', now() FROM items WHERE batch_id = $1", "withdrawals_state_known")]
    [InlineData("INSERT INTO withdrawals SELECT gen_random_uuid(), 0, batch_id, 'withdrawn', now() FROM items WHERE batch_id = $1", "withdrawals_one_per_capture")]
    [InlineData("UPDATE items SET batch_id = NULL, state = 'open' WHERE batch_id = $1", "items_stay_sealed")]
    [InlineData("UPDATE items SET batch_id = gen_random_uuid() WHERE batch_id = $1", "items_stay_sealed")]
    [InlineData("INSERT INTO items SELECT (jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid()))).* FROM items i WHERE batch_id = $1", "items_one_per_operation")]
    [InlineData("UPDATE report_lines SET status = 'lost' WHERE batch_id = $1", "report_lines_status_known")]
    [InlineData("INSERT INTO report_lines SELECT * FROM report_lines WHERE batch_id = $1", "report_lines_pkey")]
    public async Task Change_AgainstARule_IsRefusedEvenOfTheOwner(string sql, string constraint)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => _batch.SqlAsync(sql, _id.Value));
        Assert.Equal(constraint, refused.ConstraintName);
    }

    [Fact]
    public async Task Down_TakesEverythingAwayThatUpMade()
    {
        await using var batch = await BatchHost.StartAsync(shared.Sandbox);
        const string Ours = "SELECT count(*) FROM pg_class WHERE relname IN ('batches', 'items', 'report_lines', 'withdrawals')";
        const string Columns = "SELECT string_agg(table_name || '.' || column_name, ' ' ORDER BY table_name, column_name) FROM information_schema.columns WHERE table_name IN ('batches', 'items')";
        Assert.Equal(4L, await batch.SqlAsync(Ours));
        var columns = await batch.SqlAsync(Columns);

        await batch.SqlAsync(await ScriptAsync("0002_refunds.down.sql"));
        Assert.Equal(3L, await batch.SqlAsync(Ours));
        Assert.NotEqual(columns, await batch.SqlAsync(Columns));
        await batch.SqlAsync((await ScriptAsync("0002_refunds.up.sql")).Replace("${role}", "payflow_batch", StringComparison.Ordinal));
        Assert.Equal(columns, await batch.SqlAsync(Columns));

        await batch.SqlAsync(await ScriptAsync("0002_refunds.down.sql"));
        await batch.SqlAsync(await ScriptAsync("0001_settlement.down.sql"));
        Assert.Equal(0L, await batch.SqlAsync(Ours));
        Assert.Equal(0L, await batch.SqlAsync("SELECT count(*) FROM pg_proc WHERE proname = 'items_stay_sealed'"));

        await batch.SqlAsync((await ScriptAsync("0001_settlement.up.sql")).Replace("${role}", "payflow_batch", StringComparison.Ordinal));
        Assert.Equal(3L, await batch.SqlAsync(Ours));
    }

    private static async Task<string> ScriptAsync(string name)
    {
        var assembly = Assembly.Load("PayFlow.Batch");
        var resource = Assert.Single(assembly.GetManifestResourceNames(), resource => resource.EndsWith(name, StringComparison.Ordinal));
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return await reader.ReadToEndAsync();
    }
}
