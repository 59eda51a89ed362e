using FsCheck;
using FsCheck.Fluent;
using PayFlow.Kernel;
using PayFlow.Ledger.Accounts;
using PayFlow.Ledger.Exchange;
using PayFlow.Ledger.Transfers;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Exchange;

public sealed class ExchangeRulesTests
{
    private static readonly AccountName Dollars = Sample.Available;
    private static readonly AccountName Euros = Sample.Available with { Currency = Currency.Eur };
    private static readonly ExchangeRate Rate = new(Currency.Usd, Currency.Eur, 9, 10, "test", Sample.Now);

    [Theory]
    [InlineData(ExchangeSide.From, 10_000, 10_000, 9_000, 50)]
    [InlineData(ExchangeSide.To, 9_000, 10_000, 9_000, 50)]
    [InlineData(ExchangeSide.To, 1_000, 1_111, 1_000, 6)]   // 1111.1 and 5.555
    public void Price_EitherSide_HasBothAmountsAndTheFeeOnTop(ExchangeSide side, long amount, long from, long to, long fee)
    {
        Assert.Null(ExchangeRules.Price(new AskedQuote(Dollars, Euros, amount, side), Rate, 50, out var amounts));
        Assert.Equal((from, to, fee), amounts);
    }

    [Theory]
    [InlineData(0, 9, 10, ExchangeRefusal.AmountTooSmall)]
    [InlineData(1, 1, 10, ExchangeRefusal.AmountTooSmall)]
    [InlineData(LedgerEngine.MaxAmount + 1, 1, 1, ExchangeRefusal.AmountTooLarge)]
    [InlineData(LedgerEngine.MaxAmount, 2, 1, ExchangeRefusal.AmountTooLarge)]
    [InlineData(LedgerEngine.MaxAmount, ExchangeRate.MaxTerm, 1, ExchangeRefusal.AmountTooLarge)]
    public void Price_TooSmallOrTooLarge_IsRefused(long amount, long numerator, long denominator, ExchangeRefusal expected) =>
        Assert.Equal(expected, ExchangeRules.Price(new AskedQuote(Dollars, Euros, amount, ExchangeSide.From), Rate with { Numerator = numerator, Denominator = denominator }, 50, out _));

    [Fact]
    public void RefuseAccounts_Impossible_SaysWhyInTheOrderOfTheNumbers()
    {
        Assert.Equal(ExchangeRefusal.AccountNotPossible, Refused(Sample.Receivable, Sample.Receivable));
        Assert.Equal(ExchangeRefusal.AccountNotPossible, Refused(Dollars, Euros with { Path = "petty_cash", Mode = Mode.Live }));
        Assert.Equal(ExchangeRefusal.AccountsInDifferentModes, Refused(Dollars, Dollars with { Mode = Mode.Live }));
        Assert.Equal(ExchangeRefusal.SameCurrency, Refused(Dollars, Sample.OtherAvailable));
        Assert.Null(Refused(Dollars, Euros));
    }

    /// <summary>What an owner sells, our position in it holds; what an owner buys, our position in that gave; the fee is ours. In each currency nothing is made or lost.</summary>
    [Fact]
    public void Journal_OfAnyQuote_ConservesEachCurrency()
    {
        var amounts = Gen.Choose(1, 1_000_000).Zip(Gen.Choose(1, 1_000_000)).Zip(Gen.Choose(0, 10_000));
        Prop.ForAll(Arb.From(amounts), given =>
        {
            var ((from, to), fee) = given;
            var funded = Books.Empty.After(LedgerEngine.Apply(Books.Empty, [Sample.Post(1, Sample.Receivable, Dollars, from + fee)], Sample.Now));
            var journal = ExchangeRules.Journal(Quote(from, to, fee));
            var outcome = LedgerEngine.Apply(funded, journal, Sample.Now);
            var books = funded.After(outcome);
            return outcome.Results.All(result => result == TransferRefusal.Created)
                && journal.Count == (fee == 0 ? 2 : 3)
                && Balance(books, Dollars) == 0
                && Balance(books, ChartOfAccounts.FxPosition(Mode.Test, Currency.Usd)) == from
                && Balance(books, ChartOfAccounts.FxRevenue(Mode.Test, Currency.Usd)) == fee
                && Balance(books, Euros) == to
                && Balance(books, ChartOfAccounts.FxPosition(Mode.Test, Currency.Eur)) == -to
                && LedgerEngine.Apply(books, journal, Sample.Now).Results.All(result => result == TransferRefusal.Exists);
        }).Check(Config.QuickThrowOnFailure);
    }

    [Fact]
    public void Journal_WithoutTheMoneyForTheFee_LeavesNothing()
    {
        var funded = Sample.Funded(100);
        var outcome = LedgerEngine.Apply(funded, ExchangeRules.Journal(Quote(100, 90, 1)), Sample.Now);

        Assert.Equal([TransferRefusal.LinkedChainFailed, TransferRefusal.ExceedsAvailable, TransferRefusal.LinkedChainFailed], outcome.Results);
        Assert.Empty(outcome.Created);
    }

    [Fact]
    public void ToRefusal_EveryRefusal_HasItsOwnCode()
    {
        var codes = Enum.GetValues<ExchangeRefusal>().Select(refusal => refusal.ToRefusal().Code).ToList();
        Assert.Equal(codes.Distinct(), codes);
        Assert.Contains("quote_expired", codes);
    }

    private static ExchangeRefusal? Refused(AccountName from, AccountName to) => ExchangeRules.RefuseAccounts(new AskedQuote(from, to, 1, ExchangeSide.From));

    private static Quote Quote(long from, long to, long fee) =>
        new(Id.New(IdPrefix.ExchangeQuote, Sample.Root.Slot, Sample.Now), Dollars, Euros, from, to, fee, Rate, Sample.Now, Sample.Now.AddSeconds(30));

    private static long Balance(Books books, AccountName name) => books.Accounts.TryGetValue(name, out var account) ? account.LedgerBalance : 0;
}
