using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Storage;

namespace PayFlow.Ledger.IntegrationTests.Accounts;

/// <summary>Two databases: merchants live in one, platform accounts in both.</summary>
public sealed class ShardsTests : IAsyncLifetime
{
    private LedgerHost _host = null!;
    private Asking _here = null!;
    private Asking _there = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync(shards: 2);
        var shards = _host.Service<Shards>();
        var slots = Enumerable.Range(0, Slot.Count).ToLookup(slot => shards.For(new Slot(slot)).Number);
        (_here, _there) = (new Asking(_host, slots[0].First()), new Asking(_host, slots[1].First()));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task CreateTransfers_OfTwoShardsInOneRequest_AreAnsweredInOrder()
    {
        var results = await _here.AskAsync(
            _here.Posted(_here.Receivable, _here.Available, 1), _there.Posted(_there.Receivable, _there.Available, 2), _here.Posted(_here.Available, _here.Revenue, 9),
            _there.Posted(_there.Available, _there.Revenue, 2));

        Assert.Equal(["created", "created", "exceeds_available", "created"], results);
        Assert.Equal((1, 2), (await _host.CountAsync("SELECT count(*) FROM transfers", shard: 0), await _host.CountAsync("SELECT count(*) FROM transfers", shard: 1)));
    }

    [Fact]
    public async Task CreateTransfers_AcrossShards_AreRefused()
    {
        var chained = _here.Posted(_here.Receivable, _here.Available, 1);
        chained.Linked = true;

        var results = await _here.AskAsync(
            _here.Posted(_here.Receivable, _there.Available, 1), _here.Held(_here.Available, _there.Available, 1), chained, _there.Posted(_there.Receivable, _there.Available, 1),
            _here.Posted(_here.Receivable, _here.Available, 3));

        Assert.Equal(["shards_differ", "shards_differ", "shards_differ", "shards_differ", "created"], results);
    }

    [Fact]
    public async Task ListAccounts_OfThePlatform_AreSummedOverShards()
    {
        await _here.AskAsync(_here.Posted(_here.Receivable, _here.Available, 100), _there.Posted(_there.Receivable, _there.Available, 11), _there.Held(_there.Receivable, _there.Available, 5));

        Assert.Equal((111, 111), await _here.BalanceAsync(_here.Receivable));
        Assert.Equal((11, 11), await _here.BalanceAsync(_there.Available));
        using var call = _host.Client.ListAccounts(new());
        var all = new List<(string, long, long)>();
        await foreach (var account in call.ResponseStream.ReadAllAsync())
        {
            all.Add((account.Name.Path, account.LedgerBalance, account.DebitsPending + account.CreditsPending));
        }

        Assert.Equal(
            new[] { (_here.Receivable.Path, 111L, 5L), (_here.Available.Path, 100L, 0L), (_there.Available.Path, 11L, 5L) }.Order(),
            all.Order());
        Assert.Equal((111, 111, 3), (await _host.Client.GetTrialBalanceAsync(new())).Lines.Select(line => (line.Debits, line.Credits, line.Transfers)).Single());
        Assert.Equal(3, (await _here.ListAsync(new() { Account = _here.Receivable })).Count);
    }
}
