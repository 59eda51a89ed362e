using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Journals;
using PayFlow.Messaging;
using PayFlow.ServiceDefaults.Rpc;
using PayFlow.Storage;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Accounts;

/// <summary>Limits, states and expiry, as the database keeps them.</summary>
public sealed class AccountLimitsTests(LedgerFixture fixture) : IClassFixture<LedgerFixture>
{
    private readonly Asking _asking = new(fixture.Host);

    [Fact]
    public async Task CreateAccounts_WithLimits_HoldRequestsToThem()
    {
        var accounts = new[] { New(_asking.Available, overdraft: 20), New(_asking.Wallet("capped"), ceiling: 50), New(_asking.Receivable), New(Asking.Name("petty_cash")) };

        Assert.Equal(["done", "done", "account_not_owned", "account_unknown"], await CreateAsync(accounts));
        Assert.Equal(["exists", "exists_with_different_ceiling"], await CreateAsync(accounts[0], New(_asking.Wallet("capped"), ceiling: 51)));
        Assert.Equal(
            ["exceeds_available", "created", "exceeds_ceiling", "created"],
            await _asking.AskAsync(
                _asking.Posted(_asking.Available, _asking.Revenue, 21), _asking.Posted(_asking.Available, _asking.Revenue, 20),
                _asking.Posted(_asking.Receivable, _asking.Wallet("capped"), 51), _asking.Held(_asking.Receivable, _asking.Wallet("capped"), 50)));
        var overdrawn = await fixture.Host.Client.GetAccountAsync(new() { Account = _asking.Available });
        Assert.Equal(("open", 20, false, -20), (overdrawn.State, overdrawn.Overdraft, overdrawn.HasCeiling, overdrawn.LedgerBalance));
        await fixture.Host.Client.GetTrialBalanceAsync(new());   // an account without entries is none that differs
    }

    [Fact]
    public async Task FreezeAccount_RefusesRequestsAndLeavesFactsAndWhatWasPending()
    {
        var hold = _asking.Held(_asking.Available, _asking.Revenue, 30);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100), hold);

        Assert.Equal("frozen", (await ChangeAsync(fixture.Host.Accounts.FreezeAccountAsync)).State);
        Assert.Equal("frozen", (await ChangeAsync(fixture.Host.Accounts.FreezeAccountAsync)).State);
        var refused = _asking.Posted(_asking.Available, _asking.Revenue, 1);
        Assert.Equal(
            ["debit_account_frozen", "credit_account_frozen", "created"],
            await _asking.AskAsync(refused, _asking.Posted(_asking.Receivable, _asking.Available, 1), _asking.End(hold.TransferId)));
        await ApplyFactAsync(amount: 100);   // settled: it happened
        Assert.Equal((167, 167), await _asking.BalanceAsync(_asking.Available));

        Assert.Equal("open", (await ChangeAsync(fixture.Host.Accounts.UnfreezeAccountAsync)).State);
        Assert.Equal(["created"], await _asking.AskAsync(refused));
        Assert.Equal(2, await fixture.Host.CountAsync($"SELECT count(*) FROM account_changes c JOIN accounts a ON a.id = c.account_id WHERE a.path = '{_asking.Available.Path}' AND c.reason = 'a court says so'"));
    }

    [Fact]
    public async Task CloseAccount_OnlyAtZero_AndAFactThatComesLaterIsPostedAndReopensNothing()
    {
        var funding = _asking.Posted(_asking.Receivable, _asking.Available, 5);
        await _asking.AskAsync(funding);
        Assert.Equal("balance_not_zero", (await Assert.ThrowsAsync<RpcException>(() => ChangeAsync(fixture.Host.Accounts.CloseAccountAsync))).Refusal()!.Code);
        await _asking.AskAsync(_asking.Posted(_asking.Available, _asking.Revenue, 5));

        Assert.Equal("closed", (await ChangeAsync(fixture.Host.Accounts.CloseAccountAsync)).State);
        Assert.Equal("account_closed", (await Assert.ThrowsAsync<RpcException>(() => ChangeAsync(fixture.Host.Accounts.UnfreezeAccountAsync))).Refusal()!.Code);
        Assert.Equal(["credit_account_closed", "exists"], await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 1), funding));
        await ApplyFactAsync(amount: 7);
        var account = await fixture.Host.Client.GetAccountAsync(new() { Account = _asking.Available });
        Assert.Equal(("closed", 4), (account.State, account.LedgerBalance));
    }

    [Fact]
    public async Task ChangeAccount_OfNobodyOrOfThePlatform_IsRefused()
    {
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => ChangeAsync(fixture.Host.Accounts.FreezeAccountAsync))).StatusCode);
        var platform = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Host.Accounts.FreezeAccountAsync(new() { Account = _asking.Receivable, Actor = "x", Reason = "y" }));
        Assert.Equal("account_not_owned", platform.Refusal()!.Code);
        var nothing = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Host.Accounts.FreezeAccountAsync(new()));
        Assert.Equal(["account.path", "account.mode", "account.currency", "actor", "reason"], nothing.Refusal()!.Errors.Select(error => error.Param));
    }

    [Fact]
    public async Task CreateTransfers_RepeatedWhenTheyWouldBeRefusedByNow_Exist()
    {
        var spending = _asking.Posted(_asking.Available, _asking.Revenue, 60);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100), spending);

        Assert.Equal(["exists"], await _asking.AskAsync(spending));
        await ChangeAsync(fixture.Host.Accounts.FreezeAccountAsync);
        Assert.Equal(["exists", "debit_account_frozen"], await _asking.AskAsync(spending, _asking.Posted(_asking.Available, _asking.Revenue, 1)));
    }

    [Fact]
    public async Task PendingTransfers_Expired_AreReleasedOnce()
    {
        var expiring = _asking.Held(_asking.Available, _asking.Revenue, 30);
        expiring.ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddSeconds(2));
        var ended = expiring.Clone();
        ended.TransferId = _asking.NewId().ToString();
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100), expiring, ended, _asking.End(ended.TransferId));
        var other = expiring.Clone();
        other.ExpiresAt = null;
        Assert.Equal(["exists", "exists_with_different_expiry"], await _asking.AskAsync(expiring, other));

        await WaitForAsync(async () => await _asking.BalanceAsync(_asking.Available) == (70, 70));
        Assert.Equal(["pending_already_voided", "exists"], await _asking.AskAsync(_asking.End(expiring.TransferId), expiring));
        var listed = await _asking.ListAsync(new() { Account = _asking.Available });
        Assert.Equal(["transfer", "transfer", "transfer", "transfer", "release"], listed.Select(transfer => transfer.Type));
        await WaitForAsync(async () => await fixture.Host.CountAsync("SELECT count(*) FROM transfer_expiries WHERE NOT is_swept") == 0);
    }

    private static Contract.NewAccount New(Contract.AccountName name, long overdraft = 0, long? ceiling = null)
    {
        var account = new Contract.NewAccount { Name = name, Overdraft = overdraft };
        if (ceiling is { } given)
        {
            account.Ceiling = given;
        }

        return account;
    }

    private async Task<string[]> CreateAsync(params Contract.NewAccount[] accounts) =>
        [.. (await fixture.Host.Accounts.CreateAccountsAsync(new() { Accounts = { accounts } })).Results.Select(result => result.Reason)];

    private async Task<Contract.Account> ChangeAsync(Func<Contract.ChangeAccountRequest, CallOptions, AsyncUnaryCall<Contract.Account>> change) =>
        await change(new() { Account = _asking.Available, Actor = "operator:ada", Reason = "a court says so" }, default);

    /// <summary>An item of so much is settled, of which our fee is 3.</summary>
    private async Task ApplyFactAsync(long amount)
    {
        var telling = new Telling(_asking.Merchant);
        await using var transaction = await fixture.Host.Service<Shards>().BeginAsync(_asking.Merchant.Slot, default);
        await fixture.Host.Service<LedgerConsumer>().ApplyAsync([telling.Settled(telling.NewOperation(), amount, 3, line: 1)], transaction, default);
        await transaction.CommitAsync(default);
    }

    private static async Task WaitForAsync(Func<Task<bool>> isReached)
    {
        for (var i = 0; !await isReached(); i++)
        {
            Assert.True(i < 600, "It was not reached within a minute.");
            await Task.Delay(100);
        }
    }
}
