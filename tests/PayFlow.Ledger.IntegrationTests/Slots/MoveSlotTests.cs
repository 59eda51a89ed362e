using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Exchange;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.Ledger.Journals;
using PayFlow.Messaging;
using PayFlow.Storage;
using PayFlow.Testing;
using Xunit.Abstractions;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Slots;

/// <summary>Slots that are moved between three shards. Slot 0 begins in shard 0, slot 1 in shard 1, slot 3 in shard 0 like slot 0.</summary>
public sealed class MoveSlotTests(ITestOutputHelper output) : IAsyncLifetime
{
    private LedgerHost _host = null!;
    private Asking _asking = null!;

    public async Task InitializeAsync()
    {
        _host = await LedgerHost.StartAsync(3, [("Ledger:PageSize", "3"), ("Ledger:Chain:HeadInterval", "00:00:00.1"), .. ExchangeFixture.Rates]);
        _asking = new Asking(_host, slot: 0);
        Assert.Equal([0, 1, 0], new[] { 0, 1, 3 }.Select(slot => _host.Service<Shards>().For(new Slot(slot)).Number));
    }

    public async Task DisposeAsync() => await _host.DisposeAsync();

    [Fact]
    public async Task Move_TakesAlongWhatIsOpen_AndWhatWasPostedStays()
    {
        var (funding, fee) = (_asking.Posted(_asking.Receivable, _asking.Available, 1_000), _asking.Posted(_asking.Available, _asking.Revenue, 3));
        var (hold, ended, expiring) = (_asking.Held(_asking.Available, _asking.Revenue, 100), _asking.Held(_asking.Receivable, _asking.Pending, 50), _asking.Held(_asking.Available, _asking.Revenue, 7));
        expiring.ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddSeconds(4));
        await _host.Accounts.CreateAccountsAsync(new() { Accounts = { new Contract.NewAccount { Name = _asking.Wallet("rent"), Overdraft = 20, Ceiling = 500 } } });
        await _asking.AskAsync(funding, fee, hold, ended, expiring);
        var end = _asking.End(ended.TransferId, 40);
        await _asking.AskAsync(end);
        await _host.Accounts.FreezeAccountAsync(new() { Account = _asking.Pending, Actor = "tests", Reason = "to see it again" });

        Assert.Equal((2, 3, 2), await MoveAsync(0, to: 2));

        Assert.Equal((997, 890), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal((40, 40), await _asking.BalanceAsync(_asking.Pending));
        Assert.Equal(0, await _host.CountAsync($"SELECT count(*) FROM accounts WHERE path LIKE '%{_asking.Merchant}%' AND (debits_posted <> credits_posted OR debits_pending + credits_pending > 0)", shard: 0));
        Assert.Equal(0, await _host.CountAsync("SELECT sum(debits_posted - credits_posted)::bigint FROM accounts WHERE path = 'inter_shard/0-2'", 0) + await _host.CountAsync("SELECT sum(debits_posted - credits_posted)::bigint FROM accounts WHERE path = 'inter_shard/0-2'", 2));

        // What was asked for there is known here; what was pending ends here.
        Assert.Equal(["exists", "exists", "exists", "exists", "exists"], await _asking.AskAsync(funding, fee, hold, ended, end));
        Assert.Equal(["exists_with_different_amount", "pending_already_posted"], await _asking.AskAsync(new Contract.NewTransfer(funding) { Amount = 1 }, _asking.End(ended.TransferId, 40)));
        Assert.Equal(["created"], await _asking.AskAsync(_asking.End(hold.TransferId, 60)));
        Assert.Equal(["credit_account_frozen"], await _asking.AskAsync(_asking.Posted(_asking.Available, _asking.Pending, 1)));
        Assert.Equal(["exceeds_available", "created"], await _asking.AskAsync(_asking.Posted(_asking.Wallet("rent"), _asking.Available, 21), _asking.Posted(_asking.Wallet("rent"), _asking.Available, 20)));
        Assert.Equal(1, await _host.CountAsync("SELECT count(*) FROM account_changes WHERE reason = 'to see it again'", shard: 2));
        await UntilAsync(async () => await _asking.BalanceAsync(_asking.Available) == (957, 957));   // 1,000 - 3 - 60 + 20, and what expired is free
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_Twice_LeavesOneStatementWhoseNumbersGoOn()
    {
        await FundAsync(100);
        await Task.Delay(20);
        var between = TimeProvider.System.GetUtcNow();
        await FundAsync(200, 300, 400);
        await MoveAsync(0, to: 1);
        await FundAsync(500);
        await MoveAsync(0, to: 2);
        await FundAsync(600);

        var (opening, entries, closing) = await StatementAsync(new() { Account = _asking.Available });
        Assert.Equal(Enumerable.Range(1, 10).Select(number => (long)number), entries.Select(entry => entry.Number));
        Assert.Equal([100, 300, 600, 1_000, 0, 1_000, 1_500, 0, 1_500, 2_100], entries.Select(entry => entry.Balance));
        Assert.Equal(["slot_move", "slot_move", "slot_move", "slot_move"], entries.Select(entry => entry.Transfer.Type).Where(type => type == "slot_move"));
        Assert.Equal((0L, 0L, 10L, 2_100L), (opening.EntryNumber, opening.Balance, closing.EntryNumber, closing.Balance));
        var later = await StatementAsync(new() { Account = _asking.Available, From = Timestamp.FromDateTimeOffset(between) });
        Assert.Equal(entries.Skip(1), later.Entries);
        Assert.Equal((1, 100), (later.Opening.EntryNumber, later.Opening.Balance));
        Assert.Equal(entries.Select(entry => entry.Transfer.TransferId), (await _asking.ListAsync(new() { Account = _asking.Available })).Select(transfer => transfer.TransferId));

        // The merchant's own list, newest first and page by page, goes back over both shards.
        var calling = new Calling(_host, _asking.Merchant);
        var first = await calling.GetAsync($"/v1/transfers?account={calling.Available()}&limit=4");
        var second = await calling.GetAsync($"/v1/transfers?account={calling.Available()}&limit=6&starting_after={first.Ids.Last()}");
        Assert.Equal(entries.Select(entry => entry.Transfer.TransferId).Reverse(), first.Ids.Concat(second.Ids));
        Assert.Equal(HttpStatusCode.OK, (await calling.GetAsync($"/v1/transfers/{entries[0].Transfer.TransferId}")).Status);
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_InTheMiddleOfAPayment_ItsEventsGoOnAndComeAgain()
    {
        var telling = new Telling(_asking.Merchant);
        var (first, last) = (telling.NewOperation(), telling.NewOperation());
        var (authorized, captured) = (telling.Authorized(1_000), telling.Captured(first, 300, 700, isFinal: false));
        await ApplyAsync(authorized, captured);
        var before = await _asking.ListAsync(new() { PaymentId = telling.Payment.ToString() });

        await MoveAsync(0, to: 1);
        Assert.Equal(before.Select(transfer => transfer.TransferId), (await _asking.ListAsync(new() { PaymentId = telling.Payment.ToString() })).Select(transfer => transfer.TransferId));
        await ApplyAsync(authorized, captured);   // as if the inbox had not come along
        var rest = telling.Captured(last, 500, 0, isFinal: true);
        await ApplyAsync(rest);
        await MoveAsync(0, to: 2);
        await ApplyAsync(authorized, captured, rest);
        await ApplyAsync(telling.Settled(first, 300, 3, line: 1), telling.Settled(last, 500, 5, line: 2), telling.Deposited(808, 11));

        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Pending));
        Assert.Equal((792, 792), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal(["auth_hold", "capture", "auth_hold", "capture"], (await _asking.ListAsync(new() { PaymentId = telling.Payment.ToString() })).Take(4).Select(transfer => transfer.Type));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_ProofsGoOverTheChainsOfBothShards()
    {
        var payment = Id.New(IdPrefix.Payment, _asking.Merchant.Slot, TimeProvider.System.GetUtcNow());
        var hold = _asking.Held(_asking.Receivable, _asking.Available, 100);
        hold.PaymentId = payment.ToString();
        await _asking.AskAsync(hold);
        await MoveAsync(0, to: 1);
        await _asking.AskAsync(_asking.End(hold.TransferId, 60));

        var calling = new Calling(_host, _asking.Merchant);
        Answer proof = null!;
        await UntilAsync(async () => (proof = await calling.GetAsync($"/v1/payments/{payment}/proof")).Status == HttpStatusCode.OK);
        var transfers = proof.Body.GetProperty("transfers").EnumerateArray().Select(each => (each.GetProperty("shard").GetInt32(), each.GetProperty("fields").GetProperty("type").GetString()));
        Assert.Equal([(0, "transfer"), (0, "slot_move"), (1, "transfer"), (1, "transfer")], transfers);
        var (code, printed) = await Chain.PaymentProofTests.CheckAsync(System.Text.Json.Nodes.JsonNode.Parse(proof.Body.GetRawText())!, HeadKeyOfTests.Public);
        Assert.True(code == 0, printed);
    }

    [Fact]
    public async Task Move_RequestsByKeyAndQuotes_AreTheSameAfterIt()
    {
        await FundAsync(20_000);
        var calling = new Calling(_host, _asking.Merchant);
        var body = new { from = calling.Available(), to = calling.Wallet("rent"), amount = new { amount = 700, currency = "USD" } };
        var made = await calling.PostAsync("/v1/transfers", body, "key-1");
        var quoted = await calling.PostAsync("/v1/exchanges/quotes", new { from = calling.Available(), to = calling.Available("EUR"), amount = new { amount = 10_000, currency = "USD" }, side = "from" });
        Assert.Equal(HttpStatusCode.Created, quoted.Status);

        await MoveAsync(0, to: 2);

        var again = await calling.PostAsync("/v1/transfers", body, "key-1");
        Assert.Equal((HttpStatusCode.Created, true, made.Body.GetProperty("id").GetString()), (again.Status, again.IsReplay, again.Body.GetProperty("id").GetString()));
        var executed = await calling.PostAsync("/v1/exchanges", new { quote = quoted.Body.GetProperty("id").GetString() }, "key-2");
        Assert.True(executed.Status == HttpStatusCode.Created, executed.Body.GetRawText());
        Assert.Equal((8_000, 8_000), await _asking.BalanceAsync(Asking.Name(_asking.Available.Path, "EUR")));
        Assert.Equal((700, 700), await _asking.BalanceAsync(_asking.Wallet("rent")));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_TransfersBetweenOwners_AreOneWhereverTheyLiveNow()
    {
        await FundAsync(1_000);
        var (neighbour, abroad) = (new Asking(_host, slot: 3), new Asking(_host, slot: 1));
        var (local, between) = (_asking.Posted(_asking.Available, neighbour.Available, 10), _asking.Posted(_asking.Available, abroad.Available, 20));
        Assert.Equal(["created", "created"], await _asking.AskAsync(local, between));

        await MoveAsync(0, to: 2);   // who pays both
        Assert.Equal(["exists", "exists"], await _asking.AskAsync(local, between));
        Assert.Equal(["exists_with_different_amount", "exists_with_different_amount"], await _asking.AskAsync(new(local) { Amount = 1 }, new(between) { Amount = 1 }));
        await MoveAsync(1, to: 0);   // who was paid one
        await MoveAsync(3, to: 1);   // and the other
        Assert.Equal(["exists", "exists"], await _asking.AskAsync(local, between));

        Assert.Equal(((970, 970), (10, 10), (20, 20)), (await _asking.BalanceAsync(_asking.Available), await neighbour.BalanceAsync(neighbour.Available), await abroad.BalanceAsync(abroad.Available)));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_ThatCantBe_ChangesNothingAndSaysWhy()
    {
        await FundAsync(100);
        var neighbour = new Asking(_host, slot: 3);
        var tie = _asking.Held(_asking.Available, neighbour.Available, 10);
        await _asking.AskAsync(tie);

        Assert.Equal("pending_with_another_slot", await RefusedAsync(0, to: 1, HttpStatusCode.Conflict));
        Assert.Equal(["created"], await _asking.AskAsync(_asking.End(tie.TransferId, isVoid: true)));   // it is where it was, and open
        Assert.Equal("invalid_request", await RefusedAsync(0, to: 3, HttpStatusCode.BadRequest));
        Assert.Equal("invalid_request", await RefusedAsync(1_000, to: 1, HttpStatusCode.BadRequest));
        Assert.Equal((0, 0, 0), await MoveAsync(0, to: 0));
        await MoveAsync(0, to: 1);
        Assert.Equal("slot_was_there", await RefusedAsync(0, to: 0, HttpStatusCode.Conflict));
        Assert.Equal((100, 100), await _asking.BalanceAsync(_asking.Available));
        await AssertSoundAsync();
    }

    [Fact]
    public async Task Move_WhileMerchantsArePaid_LosesNothingAndDoublesNothing()
    {
        var random = Seeds.Next(output);
        var (isOver, accepted, refused) = (false, new ConcurrentDictionary<string, long>(), 0);
        await FundAsync(1_000_000);
        var writers = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref isOver))
            {
                var hold = _asking.Held(_asking.Receivable, _asking.Pending, 10);
                await InsistAsync(hold);
                var end = _asking.End(hold.TransferId, 7);
                await InsistAsync(end);
                accepted[end.TransferId] = 7;
                var paid = _asking.Posted(_asking.Available, _asking.Wallet("rent"), 1);
                await InsistAsync(paid);
                await InsistAsync(paid);   // as who doesn't trust the answer
                accepted[paid.TransferId] = 1;
            }
        })).ToList();

        await Task.Delay(random.Next(200, 800));
        await MoveAsync(0, to: 1);
        await Task.Delay(random.Next(200, 800));
        await MoveAsync(0, to: 2);
        await Task.Delay(random.Next(200, 800));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(writers);

        var (captured, rent) = (accepted.Values.Where(amount => amount == 7).Sum(), accepted.Values.LongCount(amount => amount == 1));
        Assert.Equal((captured, captured), await _asking.BalanceAsync(_asking.Pending));
        Assert.Equal((rent, rent), await _asking.BalanceAsync(_asking.Wallet("rent")));
        Assert.Equal((1_000_000 - rent, 1_000_000 - rent), await _asking.BalanceAsync(_asking.Available));
        output.WriteLine($"{accepted.Count} accepted, {refused} refused on the way");
        Assert.True(refused > 0, "Nobody wrote while the slot was on its way.");
        await AssertSoundAsync();

        async Task InsistAsync(Contract.NewTransfer transfer)
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    var reason = (await _asking.AskAsync(transfer))[0];
                    Assert.True(reason is "created" or "exists", reason);
                    return;
                }
                catch (RpcException unavailable) when (unavailable.StatusCode == StatusCode.Unavailable && tries < 600)
                {
                    Interlocked.Increment(ref refused);
                    await Task.Delay(50);
                }
            }
        }
    }

    private async Task FundAsync(params long[] amounts) => Assert.All(
        await _asking.AskAsync([.. amounts.Select(amount => _asking.Posted(_asking.Receivable, _asking.Available, amount))]), reason => Assert.Equal("created", reason));

    private async Task<(int Accounts, int Pending, int Shard)> MoveAsync(int slot, int to)
    {
        using var answer = await _host.Http.PostAsync($"/internal/slots/{slot}/move?to={to}", null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var moved = JsonDocument.Parse(text).RootElement;
        Assert.Contains($"\"shard\":{to}", await _host.Http.GetStringAsync($"/internal/slots/{slot}"), StringComparison.Ordinal);
        output.WriteLine(text);
        return (moved.GetProperty("pending_transfers").GetInt32(), moved.GetProperty("accounts").GetInt32(), moved.GetProperty("shard").GetInt32());
    }

    private async Task<string> RefusedAsync(int slot, int to, HttpStatusCode status)
    {
        using var answer = await _host.Http.PostAsync($"/internal/slots/{slot}/move?to={to}", null);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, text);
        return JsonDocument.Parse(text).RootElement.GetProperty("code").GetString()!;
    }

    private async Task<(Contract.StatementEnd Opening, List<Contract.StatementEntry> Entries, Contract.StatementEnd Closing)> StatementAsync(Contract.GetStatementRequest request)
    {
        using var call = _host.Accounts.GetStatement(request);
        var parts = new List<Contract.StatementPart>();
        await foreach (var part in call.ResponseStream.ReadAllAsync())
        {
            parts.Add(part);
        }

        return (parts[0].Opening, [.. parts.Skip(1).SkipLast(1).Select(part => part.Entry)], parts[^1].Closing);
    }

    /// <summary>One poll in one transaction, as the inbox does it.</summary>
    private async Task ApplyAsync(params ReceivedEvent[] events)
    {
        var shard = _host.Service<Shards>().For(_asking.Merchant.Slot);
        await using var transaction = await shard.BeginAsync(CancellationToken.None, events.Select(received => received.Slot));
        await _host.Service<LedgerConsumer>().ApplyAsync(events, transaction, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>Trial balance and chain of every shard.</summary>
    private async Task AssertSoundAsync()
    {
        await _host.Client.GetTrialBalanceAsync(new());
        await Soundness.AssertChainAsync(_host.Chain);
    }

    private static async Task UntilAsync(Func<Task<bool>> isReached)
    {
        for (var i = 0; !await isReached(); i++)
        {
            Assert.True(i < 300, "Not within 30 seconds.");
            await Task.Delay(100);
        }
    }
}
