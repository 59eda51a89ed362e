using PayFlow.Ledger.IntegrationTests.Support;

namespace PayFlow.Ledger.IntegrationTests.Transfers;

/// <summary>A process remembers what its batches left in accounts. What somebody else does to them meanwhile counts all the same.</summary>
public sealed class KnownAccountsTests : IAsyncLifetime, IDisposable
{
    private LedgerHost _host = null!;
    private LedgerHost _other = null!;
    private Batches _batches = null!;
    private Asking _asking = null!;
    private Asking _elsewhere = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync();
        _other = await _host.StartAnotherAsync();
        _batches = new Batches(_host);
        _asking = new Asking(_host);
        _elsewhere = _asking.Through(_other);
        Assert.Equal(["created"], await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 100)));
        Assert.Equal(["created"], await PayAsync(_asking, 10));   // opens the wallet
    }

    public void Dispose() => _batches.Dispose();

    public async Task DisposeAsync()
    {
        await _other.DisposeAsync();
        await _host.DisposeAsync();
    }

    [Fact]
    public async Task AccountsOfTheLastBatch_AreNotReadAgain()
    {
        Assert.Equal(["created"], await PayAsync(_asking, 1));
        Assert.Equal(["created"], await PayAsync(_asking, 2));
        Assert.Equal((2, 0), (_batches.Of("known"), _batches.Of("again")));
        Assert.Equal(87, (await _asking.BalanceAsync(_asking.Available)).Ledger);
    }

    [Fact]
    public async Task AccountSpentElsewhere_IsNotSpentTwice()
    {
        Assert.Equal(["created"], await PayAsync(_elsewhere, 80));
        Assert.Equal(["exceeds_available"], await PayAsync(_asking, 11));
        Assert.Equal(["created"], await PayAsync(_asking, 10));
        Assert.Equal(0, (await _elsewhere.BalanceAsync(_asking.Available)).Ledger);
    }

    [Fact]
    public async Task AccountFilledElsewhere_CanBeSpentHere()
    {
        Assert.Equal(["exceeds_available"], await PayAsync(_asking, 91));
        Assert.Equal(["created"], await _elsewhere.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, 1)));
        Assert.Equal(["created"], await PayAsync(_asking, 91));
    }

    /// <summary>No block is added, and no version changes.</summary>
    [Fact]
    public async Task AccountFrozenElsewhere_IsFrozenHere_UntilItIsUnfrozen()
    {
        await _other.Accounts.FreezeAccountAsync(new() { Account = _asking.Available, Actor = "operator:ada", Reason = "a court says so" });
        Assert.Equal(["debit_account_frozen"], await PayAsync(_asking, 1));
        await _other.Accounts.UnfreezeAccountAsync(new() { Account = _asking.Available, Actor = "operator:ada", Reason = "the court says so" });
        Assert.Equal(["created"], await PayAsync(_asking, 1));
    }

    /// <summary>As after a database that lost its last commits, and got others instead: the same number of blocks and entries.</summary>
    [Fact]
    public async Task BooksOfAnotherHistory_AreReadAgain()
    {
        await _host.SqlAsync("UPDATE accounts SET credits_posted = credits_posted - 60 WHERE path LIKE 'merchant/%/available'");
        await _host.SqlAsync("UPDATE chain_head SET hash = sha256(hash)");
        Assert.Equal(["exceeds_available"], await PayAsync(_asking, 31));
        Assert.Equal(["created"], await PayAsync(_asking, 30));
        Assert.Equal(0, (await _asking.BalanceAsync(_asking.Available)).Available);
    }

    /// <summary>The database refuses what was trusted: the id is in the books, by somebody else.</summary>
    [Fact]
    public async Task IdTakenElsewhere_IsNotCreatedAgain()
    {
        var transfer = _asking.Posted(_asking.Available, _asking.Wallet("shop"), 5);
        Assert.Equal(["created"], await _elsewhere.AskAsync(transfer));
        Assert.Equal(["created"], await _asking.AskAsync(_asking.Posted(_asking.Available, _asking.Wallet("shop"), 1)));   // reads the accounts
        Assert.Equal(["exists", "created"], await _asking.AskAsync(transfer, _asking.Posted(_asking.Available, _asking.Wallet("shop"), 1)));
        Assert.Equal(1, _batches.Of("again"));
        Assert.Equal(83, (await _asking.BalanceAsync(_asking.Available)).Ledger);
    }

    private static Task<string[]> PayAsync(Asking asking, long amount) => asking.AskAsync(asking.Posted(asking.Available, asking.Wallet("shop"), amount));
}
