using System.Net;
using System.Text.Json;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Exchange;
using PayFlow.Ledger.IntegrationTests.Support;

namespace PayFlow.Ledger.IntegrationTests.Rest;

/// <summary>What merchants call: accounts, statements, transfers and exchanges of their own.</summary>
public sealed class MerchantTests : IClassFixture<ExchangeFixture>
{
    private readonly ExchangeFixture _fixture;
    private readonly Asking _asking;
    private readonly Asking _others;
    private readonly Calling _calling;

    public MerchantTests(ExchangeFixture fixture)
    {
        (_fixture, _asking, _others) = (fixture, new Asking(fixture.Host), new Asking(fixture.Host));
        _calling = new Calling(fixture.Host, _asking.Merchant);
    }

    [Fact]
    public async Task Transfers_BetweenOwnAccounts_AreMadeOnce()
    {
        await FundAsync(1_000);
        var body = Body(_calling.Available(), _calling.Wallet("rent"), 700);

        var first = await _calling.PostAsync("/v1/transfers", body, "key-1");
        var again = await _calling.PostAsync("/v1/transfers", body, "key-1");

        Assert.Equal((HttpStatusCode.Created, false), (first.Status, first.IsReplay));
        Assert.Equal((HttpStatusCode.Created, true), (again.Status, again.IsReplay));
        Assert.Equal(first.Body.GetRawText(), again.Body.GetRawText());
        var id = first.Body.GetProperty("id").GetString();
        Assert.Equal(first.Body.GetRawText(), (await _calling.GetAsync($"/v1/transfers/{id}")).Body.GetRawText());
        Assert.Equal("idempotency_key_reused", (await _calling.PostAsync("/v1/transfers", Body(_calling.Available(), _calling.Wallet("rent"), 701), "key-1")).Code);

        var tooMuch = await _calling.PostAsync("/v1/transfers", Body(_calling.Available(), _calling.Wallet("rent"), 301), "key-2");
        Assert.Equal((HttpStatusCode.Conflict, "insufficient_funds", 300), (tooMuch.Status, tooMuch.Code, tooMuch.Body.GetProperty("available").GetProperty("amount").GetInt64()));
        await FundAsync(1);
        Assert.Equal(HttpStatusCode.Created, (await _calling.PostAsync("/v1/transfers", Body(_calling.Available(), _calling.Wallet("rent"), 301), "key-2")).Status);
        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task Transfers_ByManyAtOnceUnderOneKey_AreMadeOnce()
    {
        await FundAsync(1_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _calling.PostAsync("/v1/transfers", Body(_calling.Available(), _calling.Wallet("rent"), 600), "key-1")));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.Status));
        Assert.Single(answers.Select(answer => answer.Body.GetProperty("id").GetString()).Distinct());
        Assert.Equal((400, 400), await _asking.BalanceAsync(_asking.Available));
    }

    [Fact]
    public async Task Transfers_ToAnothersWallet_NeedOneThatIsThere()
    {
        await FundAsync(100);
        var wallet = new Calling(_fixture.Host, _others.Merchant).Wallet("rent");
        Assert.Equal(["to"], (await _calling.PostAsync("/v1/transfers", Body(_calling.Available(), wallet, 100), "key-1")).WrongFields);

        await _fixture.Host.Accounts.CreateAccountsAsync(new() { Accounts = { new Contracts.Ledger.V1.NewAccount { Name = _others.Wallet("rent") } } });
        var made = await _calling.PostAsync("/v1/transfers", Body(_calling.Available(), wallet, 100), "key-1");

        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal((100, 100), await _others.BalanceAsync(_others.Wallet("rent")));
        var receiver = new Calling(_fixture.Host, _others.Merchant);
        Assert.Equal(HttpStatusCode.OK, (await receiver.GetAsync($"/v1/transfers/{made.Body.GetProperty("id").GetString()}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await new Calling(_fixture.Host, new Asking(_fixture.Host).Merchant).GetAsync($"/v1/transfers/{made.Body.GetProperty("id").GetString()}")).Status);
    }

    [Fact]
    public async Task Transfers_WithEverythingWrong_SayItAtOnce()
    {
        var answer = await _calling.PostAsync("/v1/transfers", new { from = "live.suspense.USD", to = _calling.Available("EUR"), amount = new { amount = 0, currency = "USD" }, gift = true });

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(["Idempotency-Key", "from", "amount.amount", "amount", "gift"], answer.WrongFields);
        var pending = Body(_calling.Available().Replace("available", "pending", StringComparison.Ordinal), _calling.Available(), 1);
        Assert.Equal(["from"], (await _calling.PostAsync("/v1/transfers", pending, "key-1")).WrongFields);
    }

    [Fact]
    public async Task Lists_PageByPage_ShowOnlyTheCallersOwn()
    {
        await FundAsync(1, 2, 3, 4, 5);
        await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Pending, 6));
        await _others.AskAsync(_others.Posted(_others.Receivable, _others.Available, 9));

        var accounts = await _calling.GetAsync("/v1/accounts?limit=1");
        Assert.Equal((true, _calling.Available()), (accounts.Body.GetProperty("has_more").GetBoolean(), accounts.Ids.Single()));
        var rest = await _calling.GetAsync($"/v1/accounts?starting_after={accounts.Ids.Single()}");
        Assert.Equal((false, 1), (rest.Body.GetProperty("has_more").GetBoolean(), rest.Ids.Count()));
        Assert.Equal(15, (await _calling.GetAsync($"/v1/accounts/{_calling.Available()}")).Body.GetProperty("available_balance").GetProperty("amount").GetInt64());
        Assert.Equal(HttpStatusCode.NotFound, (await _calling.GetAsync($"/v1/accounts/{new Calling(_fixture.Host, _others.Merchant).Available()}")).Status);

        var newest = await _calling.GetAsync($"/v1/transfers?account={_calling.Available()}&limit=2");
        Assert.Equal([5L, 4], Amounts(newest));
        var older = await _calling.GetAsync($"/v1/transfers?account={_calling.Available()}&limit=3&starting_after={newest.Ids.Last()}");
        Assert.Equal([3L, 2, 1], Amounts(older));
        Assert.Equal((true, false), (newest.Body.GetProperty("has_more").GetBoolean(), older.Body.GetProperty("has_more").GetBoolean()));
        Assert.Equal(["account", "created_from"], (await _calling.GetAsync("/v1/transfers?created_from=yesterday")).WrongFields.Order(StringComparer.Ordinal));
        Assert.Equal(["account"], (await _calling.GetAsync($"/v1/transfers?account={new Calling(_fixture.Host, _others.Merchant).Available()}")).WrongFields);
        Assert.Empty((await _calling.GetAsync($"/v1/transfers?payment={Id.New("pay", _asking.Merchant.Slot, TimeProvider.System.GetUtcNow())}")).Ids);
    }

    [Fact]
    public async Task Statement_PageByPage_GoesFromOpeningToClosing()
    {
        await FundAsync(1, 2, 3, 4, 5);
        var first = await _calling.GetAsync($"/v1/accounts/{_calling.Available()}/statement?limit=3");
        var last = first.Body.GetProperty("data").EnumerateArray().Last();
        var second = await _calling.GetAsync($"/v1/accounts/{_calling.Available()}/statement?starting_after={last.GetProperty("number").GetInt64()}");

        Assert.Equal((0, 15), (Amount(first.Body, "opening_balance"), Amount(first.Body, "closing_balance")));
        Assert.Equal([1L, 3, 6, 10, 15], first.Body.GetProperty("data").EnumerateArray().Concat(second.Body.GetProperty("data").EnumerateArray()).Select(entry => Amount(entry, "balance")));
        Assert.Equal((true, false), (first.Body.GetProperty("has_more").GetBoolean(), second.Body.GetProperty("has_more").GetBoolean()));
        Assert.Equal(HttpStatusCode.NotFound, (await _calling.GetAsync($"/v1/accounts/{new Calling(_fixture.Host, _others.Merchant).Available()}/statement")).Status);
        Assert.Equal(["to"], (await _calling.GetAsync($"/v1/accounts/{_calling.Available()}/statement?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z")).WrongFields);
    }

    [Fact]
    public async Task Exchanges_QuotedAndExecuted_AreDoneOnce()
    {
        await FundAsync(10_050);
        var asked = new { from = _calling.Available(), to = _calling.Available("EUR"), amount = new { amount = 8_000, currency = "EUR" }, side = "to" };
        var quote = await _calling.PostAsync("/v1/exchanges/quotes", asked);
        Assert.Equal((HttpStatusCode.Created, 10_000, 10_050), (quote.Status, Amount(quote.Body, "sold"), Amount(quote.Body, "total")));
        var body = new { quote = quote.Body.GetProperty("id").GetString() };

        var executed = await _calling.PostAsync("/v1/exchanges", body, "key-1");

        Assert.Equal(HttpStatusCode.Created, executed.Status);
        Assert.True((await _calling.PostAsync("/v1/exchanges", body, "key-1")).IsReplay);
        Assert.Equal("quote_used", (await _calling.PostAsync("/v1/exchanges", body, "key-2")).Code);
        Assert.Equal(executed.Body.GetRawText(), (await _calling.GetAsync($"/v1/exchanges/{body.quote}")).Body.GetRawText());
        var other = new Calling(_fixture.Host, _others.Merchant);
        Assert.Equal(HttpStatusCode.NotFound, (await other.PostAsync("/v1/exchanges", body, "key-1")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await other.GetAsync($"/v1/exchanges/{body.quote}")).Status);

        var dear = await _calling.PostAsync("/v1/exchanges/quotes", asked);
        var refused = await _calling.PostAsync("/v1/exchanges", new { quote = dear.Body.GetProperty("id").GetString() }, "key-3");
        Assert.Equal(("insufficient_funds", 0), (refused.Code, Amount(refused.Body, "available")));
        Assert.Equal(["from", "amount.currency", "side"], (await _calling.PostAsync("/v1/exchanges/quotes", new { from = other.Available(), to = _calling.Available(), amount = new { amount = 1 }, side = "up" })).WrongFields);
    }

    private async Task FundAsync(params long[] amounts) => Assert.All(
        await _asking.AskAsync([.. amounts.Select(amount => _asking.Posted(_asking.Receivable, _asking.Available, amount))]), reason => Assert.Equal("created", reason));

    private static object Body(string from, string to, long amount) => new { from, to, amount = new { amount, currency = "USD" }, reference = "rent of May" };

    private static IEnumerable<long> Amounts(Answer answer) => answer.Body.GetProperty("data").EnumerateArray().Select(transfer => Amount(transfer, "amount"));

    private static long Amount(JsonElement body, string name) => body.GetProperty(name).GetProperty("amount").GetInt64();
}
