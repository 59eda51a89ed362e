using Grpc.Core;
using PayFlow.Kernel;
using PayFlow.Ledger.IntegrationTests.Support;
using PayFlow.ServiceDefaults.Rpc;
using Contract = PayFlow.Contracts.Ledger.V1;

namespace PayFlow.Ledger.IntegrationTests.Exchange;

/// <summary>Quotes and their execution, on a ledger with a table of rates.</summary>
public sealed class ExchangeTests(ExchangeFixture fixture) : IClassFixture<ExchangeFixture>
{
    private readonly Asking _asking = new(fixture.Host);

    private Contract.AccountName Euros => Asking.Name(_asking.Available.Path, "EUR");

    [Fact]
    public async Task ExecuteExchange_OfAQuote_MovesBothCurrenciesOnceAndKeepsTheQuote()
    {
        await FundAsync(10_050);
        var quote = await QuoteAsync(10_000);
        Assert.Equal((10_000, 8_000, 50, 4, 5, "table"), (quote.FromAmount, quote.ToAmount, quote.Fee, quote.RateNumerator, quote.RateDenominator, quote.RateSource));
        var before = await PositionAsync();

        var executed = await ExecuteAsync(quote, "key-1");

        Assert.Equal(executed, await ExecuteAsync(quote, "key-1"));
        Assert.Equal("quote_used", (await Assert.ThrowsAsync<RpcException>(() => ExecuteAsync(quote, "key-2"))).Refusal()!.Code);
        Assert.Equal((0, 0), await _asking.BalanceAsync(_asking.Available));
        Assert.Equal((8_000, 8_000), await _asking.BalanceAsync(Euros));
        Assert.Equal(before - 8_000, await PositionAsync());
        var legs = (await _asking.ListAsync(new() { Account = _asking.Available })).Skip(1).ToList();
        Assert.Equal([("exchange", 10_000L, "fx_position"), ("fee", 50L, "fx_revenue")], legs.Select(leg => (leg.Type, leg.Amount, leg.Credit.Path)));
        Assert.All(legs, leg => Assert.Equal(quote.QuoteId, leg.ExternalReference));
        Assert.Equal(3, executed.TransferIds.Count);
        Assert.Equal(1, await fixture.Host.CountAsync(
            $"SELECT count(*) FROM exchanges e JOIN exchange_quotes q ON q.id = e.quote_id WHERE e.quote_id = '{Id.Parse("fxq", quote.QuoteId).Value}' AND q.rate_numerator = 4"));
    }

    [Fact]
    public async Task ExecuteExchange_ByManyAtOnce_IsDoneOnce()
    {
        await FundAsync(50_000);
        var quote = await QuoteAsync(10_000);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(index => Task.Run(async () =>
        {
            try
            {
                await ExecuteAsync(quote, $"key-{index % 2}");
                return "executed";
            }
            catch (RpcException refused)
            {
                return refused.Refusal()!.Code;
            }
        })));

        Assert.Equal(["executed", "quote_used"], answers.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(4, answers.Count(answer => answer == "executed"));
        Assert.Equal((8_000, 8_000), await _asking.BalanceAsync(Euros));
    }

    [Fact]
    public async Task ExecuteExchange_WithoutTheMoney_LeavesTheQuoteUnused()
    {
        await FundAsync(10_049);
        var quote = await QuoteAsync(10_000);
        Assert.Equal("insufficient_funds", (await Assert.ThrowsAsync<RpcException>(() => ExecuteAsync(quote, "key-1"))).Refusal()!.Code);

        await FundAsync(1);
        Assert.Equal(quote.QuoteId, (await ExecuteAsync(quote, "key-2")).Quote.QuoteId);
    }

    [Fact]
    public async Task ExecuteExchange_TooLateOrUnknown_IsRefused()
    {
        await FundAsync(20_000);
        var quote = await QuoteAsync(10_000);
        await fixture.Host.SqlAsync(   // as it is a minute later
            $"UPDATE exchange_quotes SET created_at = created_at - interval '1 minute', expires_at = expires_at - interval '1 minute' WHERE id = '{Id.Parse("fxq", quote.QuoteId).Value}'",
            before: "SET session_replication_role = replica");   // or the table refuses it
        Assert.Equal("quote_expired", (await Assert.ThrowsAsync<RpcException>(() => ExecuteAsync(quote, "key-1"))).Refusal()!.Code);

        quote.QuoteId = Id.New("fxq", _asking.Merchant.Slot, TimeProvider.System.GetUtcNow()).ToString();
        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => ExecuteAsync(quote, "key-1"))).StatusCode);
        var nothing = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Host.Exchanges.ExecuteExchangeAsync(new()));
        Assert.Equal(["quote_id", "idempotency_key"], nothing.Refusal()!.Errors.Select(error => error.Param));
    }

    [Fact]
    public async Task QuoteExchange_WithoutARateOrWithWrongFields_IsRefused()
    {
        var unknown = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Host.Exchanges.QuoteExchangeAsync(new() { From = _asking.Available, To = Asking.Name(_asking.Available.Path, "TND"), Amount = 1, Side = Contract.ExchangeSide.From }));
        Assert.Equal("rate_unknown", unknown.Refusal()!.Code);
        var nothing = await Assert.ThrowsAsync<RpcException>(async () => await fixture.Host.Exchanges.QuoteExchangeAsync(new()));
        Assert.Equal(["from.path", "from.mode", "from.currency", "to.path", "to.mode", "to.currency", "side"], nothing.Refusal()!.Errors.Select(error => error.Param));
    }

    private async Task FundAsync(long amount) => Assert.Equal(["created"], await _asking.AskAsync(_asking.Posted(_asking.Receivable, _asking.Available, amount)));

    private async Task<Contract.ExchangeQuote> QuoteAsync(long amount) =>
        await fixture.Host.Exchanges.QuoteExchangeAsync(new() { From = _asking.Available, To = Euros, Amount = amount, Side = Contract.ExchangeSide.From });

    private async Task<Contract.ExecutedExchange> ExecuteAsync(Contract.ExchangeQuote quote, string key) =>
        await fixture.Host.Exchanges.ExecuteExchangeAsync(new() { QuoteId = quote.QuoteId, IdempotencyKey = key });

    private async Task<long> PositionAsync()
    {
        try
        {
            return (await _asking.BalanceAsync(Asking.Name("fx_position", "EUR"))).Ledger;
        }
        catch (RpcException notOpened) when (notOpened.StatusCode == StatusCode.NotFound)
        {
            return 0;
        }
    }
}

/// <summary>A ledger with a table of rates, for the tests of a class.</summary>
public sealed class ExchangeFixture : IAsyncLifetime
{
    public static readonly (string Key, string? Value)[] Rates =
        [("Ledger:Exchange:Source", "table"), ("Ledger:Exchange:RatesAt", "2026-11-20T16:00:00Z"), ("Ledger:Exchange:Rates:EUR/USD", "1.2500")];

    public LedgerHost Host { get; private set; } = null!;

    public async Task InitializeAsync() => Host = await LedgerHost.StartAsync(1, Rates);

    public async Task DisposeAsync() => await Host.DisposeAsync();
}
