using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Transfers;
using PayFlow.Storage;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Transfers;

/// <summary>Owners who live in two shards.</summary>
public sealed class InterShardTests : IAsyncLifetime
{
    private LedgerHost _host = null!;
    private Asking _payer = null!;
    private Asking _payee = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync(2, ("Ledger:InterShardSweepEvery", "01:00:00"));
        var slots = Enumerable.Range(0, Slot.Count).ToLookup(slot => _host.Service<Shards>().For(new Slot(slot)).Number);
        (_payer, _payee) = (new Asking(_host, slots[0].First()), new Asking(_host, slots[1].First()));
        await _payer.AskAsync(_payer.Posted(_payer.Receivable, _payer.Available, 1_000));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task CreateTransfers_ToAnotherShard_MovesTheMoneyAndTheIdIsOne()
    {
        var transfer = _payer.Posted(_payer.Available, _payee.Available, 300);
        Assert.Equal(["created"], await _payer.AskAsync(transfer));

        Assert.Equal(["exists"], await _payer.AskAsync(transfer));
        Assert.Equal(["exists_with_different_amount"], await _payer.AskAsync(new Contract.NewTransfer(transfer) { Amount = 301 }));
        Assert.Equal(["exists_with_different_credit_account"], await _payer.AskAsync(new Contract.NewTransfer(transfer) { Credit = _payee.Pending }));
        Assert.Equal(["exists_with_different_debit_account"], await _payer.AskAsync(new Contract.NewTransfer(transfer) { Debit = _payer.Pending }));
        Assert.Equal(["exists_with_different_debit_account"], await _payer.AskAsync(new Contract.NewTransfer(transfer) { Debit = _payee.Available, Credit = _payer.Available }));
        await ExpectAsync(payer: 700, payee: 300);
        Assert.Equal((-300, 300), (await BetweenAsync(shard: 0), await BetweenAsync(shard: 1)));
    }

    [Fact]
    public async Task CreateTransfers_BackAndForth_LeaveTheInterShardAccountAtZero()
    {
        var there = _payer.Posted(_payer.Available, _payee.Available, 300);
        var back = _payee.Posted(_payee.Available, _payer.Available, 300);
        var tooMuch = _payee.Posted(_payee.Available, _payer.Available, 1);

        Assert.Equal(["created", "created", "exceeds_available"], await _payer.AskAsync(there, back, tooMuch));

        await ExpectAsync(payer: 1_000, payee: 0);
        Assert.Equal((0, 0), (await BetweenAsync(shard: 0), await BetweenAsync(shard: 1)));
    }

    [Fact]
    public async Task CreateTransfers_ThatTheOtherShardRefuses_WriteNothing()
    {
        await _payee.AskAsync(_payee.Posted(_payee.Receivable, _payee.Available, 1));
        await _host.Accounts.FreezeAccountAsync(new() { Account = _payee.Available, Actor = "tests", Reason = "to see what happens" });
        var before = await _host.CountAsync("SELECT count(*) FROM transfers", shard: 0);

        var refused = await _payer.AskAsync(
            _payer.Posted(_payer.Available, _payee.Available, 300), _payer.Posted(_payer.Available, Asking.Name(_payee.Pending.Path, "EUR"), 300),
            _payer.Posted(_payer.Available, Asking.Name($"merchant/{_payee.Merchant}/dreams"), 300), _payer.Posted(_payer.Available, _payee.Pending, 1_001));

        Assert.Equal(["credit_account_frozen", "accounts_in_different_currencies", "credit_account_unknown", "exceeds_available"], refused);
        Assert.Equal(before, await _host.CountAsync("SELECT count(*) FROM transfers", shard: 0));
        await ExpectAsync(payer: 1_000, payee: 1);
    }

    [Fact]
    public async Task CreateTransfers_ByManyAtOnce_MoveTheMoneyOncePerId()
    {
        var transfers = Enumerable.Range(0, 10).Select(_ => _payer.Posted(_payer.Available, _payee.Available, 10)).ToList();

        var answers = await Task.WhenAll(transfers.SelectMany(transfer => Enumerable.Repeat(transfer, 4)).Select(transfer => _payer.AskAsync(transfer)));

        Assert.Equal(10, answers.Count(answer => answer[0] == "created"));
        Assert.Equal(30, answers.Count(answer => answer[0] == "exists"));
        await ExpectAsync(payer: 900, payee: 100);
    }

    [Fact]
    public async Task Finish_IdThatMeansSomethingElseThere_FreesWhatWasReserved()
    {
        var transfer = _payer.Posted(_payer.Available, _payee.Available, 300);
        transfer.TransferId = _payee.NewId().ToString();   // may be the other owner's
        var shard = _host.Service<Shards>().All[0];
        var reserved = await ReserveAsync(shard, transfer);
        Assert.Equal((1_000, 700), await _payer.BalanceAsync(_payer.Available));
        var other = _payee.Posted(_payee.Receivable, _payee.Available, 5);
        other.TransferId = transfer.TransferId;
        Assert.Equal(["created"], await _payee.AskAsync(other));

        Assert.Equal(TransferRefusal.ExistsWithDifferentDebitAccount, await _host.Service<InterShardTransfers>().FinishAsync(shard, reserved, CancellationToken.None));

        await ExpectAsync(payer: 1_000, payee: 5);
        Assert.Equal(TransferRefusal.Exists, await _host.Service<InterShardTransfers>().FinishAsync(shard, reserved, CancellationToken.None));   // nothing is left to do
    }

    /// <summary>The first step alone, as a process leaves it that dies after it.</summary>
    private async Task<ReservedTransfer> ReserveAsync(Shard shard, Contract.NewTransfer asked)
    {
        var id = Id.Parse(IdPrefix.Transfer, asked.TransferId);
        var reserved = new ReservedTransfer(id, id.Derive(IdPrefix.Transfer, "inter_shard:pending"), asked.Credit.Path);
        await using var transaction = await shard.BeginAsync(CancellationToken.None);
        var pending = new NewTransfer
        {
            Id = reserved.PendingId, Kind = TransferKind.Pending, Debit = new AccountName(asked.Debit.Path, Mode.Test, Currency.Usd), Amount = asked.Amount, Type = "transfer",
            Credit = ChartOfAccounts.InterShard(0, 1, Mode.Test, Currency.Usd),
        };
        await _host.Service<TransferStore>().ApplyAsync(transaction, TransferPlan.Of([pending]), CancellationToken.None);
        await InterShardSql.AddAsync(transaction, reserved, TimeProvider.System.GetUtcNow(), CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return reserved;
    }

    /// <summary>Everybody has this and nothing is held, the inter-shard accounts are zero together, and nothing is left to finish.</summary>
    private async Task ExpectAsync(long payer, long payee)
    {
        Assert.Equal((payer, payer), await _payer.BalanceAsync(_payer.Available));
        Assert.Equal(payee, await BalanceOrZeroAsync(_payee.Available));
        Assert.Equal(0, await BetweenAsync(shard: 0) + await BetweenAsync(shard: 1));
        Assert.Equal(0, await _host.CountAsync("SELECT count(*) FROM inter_shard_transfers") + await _host.CountAsync("SELECT count(*) FROM inter_shard_transfers", shard: 1));
        await _host.Client.GetTrialBalanceAsync(new());
    }

    private async Task<long> BalanceOrZeroAsync(Contract.AccountName account)
    {
        try
        {
            return (await _payee.BalanceAsync(account)).Ledger;
        }
        catch (RpcException none) when (none.StatusCode == StatusCode.NotFound)
        {
            return 0;
        }
    }

    /// <summary>Posted debits less credits, and nothing is pending.</summary>
    private Task<long> BetweenAsync(int shard) => _host.CountAsync(
        "SELECT coalesce(sum(debits_posted - credits_posted + 1000000 * (debits_pending + credits_pending)), 0)::bigint FROM accounts WHERE path LIKE 'inter_shard/%'", shard);
}
