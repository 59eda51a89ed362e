using Grpc.Core;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Rpc;
using Modes = PayFlow.Contracts.Common.V1.Mode;

namespace PayFlow.Ledger.IntegrationTests.TrialBalances;

public sealed class TrialBalanceTests : IAsyncLifetime
{
    private LedgerHost _host = null!;
    private Asking _asking = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync();
        _asking = new Asking(_host);
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 50);
        await _asking.AskAsync(
            _asking.Posted(_asking.Receivable, _asking.Available, 100), hold, _asking.End(hold.TransferId, 20), _asking.Held(_asking.Receivable, _asking.Available, 7),
            _asking.Posted(Asking.Name("bank_cash/house", "JPY"), Asking.Name("suspense", "JPY"), 3));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task GetTrialBalance_SoundBooks_AddUpByModeAndCurrency()
    {
        var trial = await _host.Client.GetTrialBalanceAsync(new());

        Assert.Equal(
            [(Modes.Test, "JPY", 3, 3, 1), (Modes.Test, "USD", 120, 120, 4)],
            trial.Lines.Select(line => (line.Mode, line.Currency, line.Debits, line.Credits, line.Transfers)));
    }

    [Fact]
    public async Task GetTrialBalance_NothingPosted_HasNoLines()
    {
        await using var empty = await LedgerHost.StartAsync();

        Assert.Empty((await empty.Client.GetTrialBalanceAsync(new())).Lines);
    }

    [Theory]
    [InlineData("UPDATE accounts SET debits_posted = debits_posted + 1 WHERE path = 'acquirer_receivable/northbank'")]
    [InlineData("UPDATE accounts SET credits_pending = credits_pending - 1 WHERE path LIKE 'merchant/%'")]
    [InlineData("UPDATE accounts SET version = version + 1 WHERE path LIKE 'merchant/%'")]
    [InlineData("UPDATE accounts SET debits_posted = debits_posted + 1, credits_posted = credits_posted + 1 WHERE path LIKE 'merchant/%'")]
    [InlineData("UPDATE transfers SET amount = 99 WHERE kind = 1 AND debit_account_id IN (SELECT id FROM accounts WHERE currency = 'USD')")]
    [InlineData("UPDATE transfers SET debit_balance = debit_balance + 1 WHERE kind = 2")]
    [InlineData("UPDATE transfers SET credit_version = 50 WHERE kind = 3")]
    [InlineData("DELETE FROM transfers WHERE kind = 1 AND debit_account_id IN (SELECT id FROM accounts WHERE currency = 'USD')")]
    [InlineData("DELETE FROM transfers WHERE debit_account_id IN (SELECT id FROM accounts WHERE currency = 'JPY')")]
    public async Task GetTrialBalance_PlantedCorruption_IsAnErrorThatNamesTheAccount(string corruption)
    {
        await _host.SqlAsync(corruption, before: "SET session_replication_role = replica");   // as somebody who gets around every trigger

        var refused = await Assert.ThrowsAsync<RpcException>(async () => await _host.Client.GetTrialBalanceAsync(new()));

        Assert.Equal((StatusCode.FailedPrecondition, "books_differ"), (refused.StatusCode, refused.Refusal()!.Code));
        var where = corruption.Contains("JPY", StringComparison.Ordinal) && corruption.StartsWith("DELETE", StringComparison.Ordinal) ? "JPY" : "USD";
        Assert.Matches($"(northbank|available|house|suspense).*{where}.* in shard 0", refused.Refusal()!.Message);
    }
}
