using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using PayFlow.Auth.Acquirers;
using PayFlow.Auth.Payments;
using PayFlow.Auth.UnitTests.Payments;

namespace PayFlow.Auth.UnitTests.Acquirers;

public sealed class RoutingRulesTests
{
    private static readonly string[] Names = ["atlas", "borealis", "cascade", "delta"];

    private static RoutingOptions Table() => new()
    {
        Acquirers =
        {
            ["northbank"] = new() { Costs = { new() { BasisPoints = 25, Fixed = 8 }, new() { Region = "US", BasisPoints = 18, Fixed = 6 } } },
            ["harbor"] = new() { Costs = { new() { BasisPoints = 28, Fixed = 4 }, new() { Region = "EU", BasisPoints = 15, Fixed = 4 }, new() { Brand = "amex", BasisPoints = 60 } } },
            ["meridian"] = new() { Costs = { new() { Brand = "visa", BasisPoints = 20, Fixed = 10 } } },
        },
        Regions = { ["EU"] = ["DE", "FR"] },
        Table =
        {
            new() { Brand = "amex", Order = ["meridian"] },
            new() { Region = "EU", Order = ["harbor", "meridian"] },
            new() { Region = "EU", Order = ["northbank"] },
            new() { Currency = "GBP", Order = ["meridian", "harbor"] },
            new() { Currency = "GBP", Region = "FR", Order = ["harbor"] },
            new() { Merchant = Make.Merchant.ToString(), Brand = "jcb", Order = ["northbank", "northbank", "meridian"] },
        },
        Currencies = { ["JPY"] = ["meridian", "northbank"] },
        Default = ["northbank", "harbor", "meridian"],
    };

    [Theory]
    [InlineData("USD", "visa", "US", "default", "northbank harbor meridian")]
    [InlineData("USD", "visa", null, "default", "northbank harbor meridian")]
    [InlineData("JPY", "visa", "JP", "currency", "meridian northbank")]
    [InlineData("JPY", "amex", "JP", "table", "meridian")]
    [InlineData("EUR", "visa", "DE", "table", "harbor meridian")]        // the earlier of two rules that say as much
    [InlineData("EUR", "amex", "DE", "table", "harbor meridian")]        // a region says more than a brand
    [InlineData("GBP", "visa", "DE", "table", "meridian harbor")]        // a currency more than a region
    [InlineData("GBP", "visa", "FR", "table", "harbor")]                 // both more than one of them; a country is a region too
    [InlineData("GBP", "jcb", "FR", "table", "northbank meridian")]      // a merchant more than both; nobody stands twice
    public void Order_NoOrderOfTheMerchantsOwn_IsOfTheRuleThatSaysMost(string currency, string brand, string? country, string why, string order) =>
        AssertOrder(why, order, RoutingRules.Order(Table(), Question(currency: currency, brand: brand, country: country)));

    [Theory]
    [InlineData("harbor", "merchant", "harbor")]
    [InlineData("harbor northbank harbor", "merchant", "harbor northbank")]
    [InlineData("gone harbor", "merchant", "harbor")]
    [InlineData("gone", "default", "northbank harbor meridian")]
    public void Order_MerchantsOwn_GoesBeforeEverythingButNamesOnlyWhoIsThere(string own, string why, string order) =>
        AssertOrder(why, order, RoutingRules.Order(Table(), Question(own: own.Split(' '))));

    [Theory]
    [InlineData(10_000, "visa", "US", 19, "cheapest", "northbank meridian harbor")]   // 24, 30, 32
    [InlineData(1_000, "visa", "US", 19, "cheapest", "harbor northbank meridian")]    // 6.8, 7.8, 12
    [InlineData(10_000, "visa", null, 19, "cheapest", "meridian harbor northbank")]   // 30, 32, 33
    [InlineData(1_000, "jcb", "US", 19, "cheapest", "harbor northbank meridian")]     // 6.8, 7.8; meridian has no price for it
    [InlineData(2_000, "jcb", "US", 19, "default", "northbank harbor meridian")]      // 9.6 both: nothing is changed
    [InlineData(10_000, "visa", "US", 20, "default", "northbank harbor meridian")]    // not below
    [InlineData(10_000, "visa", "US", null, "default", "northbank harbor meridian")]  // not judged
    public void Order_LowRisk_IsTheCheapestFirst(long amount, string brand, string? country, int? score, string why, string order)
    {
        var table = Table();
        table.Table.Clear();
        table.CheapestBelow = 20;
        AssertOrder(why, order, RoutingRules.Order(table, Question(amount, brand: brand, country: country, score: score)));
    }

    [Fact]
    public void Order_LowRiskAndAnOrderOfTheMerchantsOwn_IsLeftAlone()
    {
        var table = Table();
        table.CheapestBelow = 100;
        AssertOrder("merchant", "meridian northbank", RoutingRules.Order(table, Question(own: ["meridian", "northbank"], score: 0)));
    }

    [Fact]
    public void Choose_FirstAway_IsTheNextAndSaysWhy()
    {
        var route = RoutingRules.Choose(Three, ImmutableHashSet.Create("harbor"), acquirer => acquirer == "northbank" ? Standing.Away : Standing.Ready);
        Assert.Equal(("meridian", "default"), (route?.Acquirer, route?.Why));
        Assert.Equal("""{"acquirer":"meridian","route":"default","passed_over":{"northbank":"away","harbor":"tried"}}""", route!.Explain(new() { ["acquirer"] = "meridian" }).ToJsonString());
    }

    [Fact]
    public void Choose_OneRecovers_IsAskedOnlyWhenNobodyElseIsThere()
    {
        Assert.Equal("harbor", RoutingRules.Choose(Three, ImmutableHashSet<string>.Empty, acquirer => acquirer == "northbank" ? Standing.Recovering : Standing.Ready)?.Acquirer);
        var alone = RoutingRules.Choose(Three, ImmutableHashSet<string>.Empty, acquirer => acquirer == "harbor" ? Standing.Recovering : Standing.Away);
        Assert.Equal("harbor", alone?.Acquirer);
        Assert.Equal(["northbank", "meridian"], alone!.PassedOver.Select(passed => passed.Acquirer));
    }

    [Fact]
    public void Choose_NobodyThere_IsNobody()
    {
        Assert.Null(RoutingRules.Choose(Three, ImmutableHashSet<string>.Empty, _ => Standing.Away));
        Assert.Null(RoutingRules.Choose(Three, Three.Acquirers.ToHashSet(), _ => Standing.Recovering));
    }

    [Fact]
    public void IsInShare_GrowingShare_TakesPaymentsInAndNeverLetsThemGo()
    {
        var payments = Enumerable.Range(0, 2_000).Select(_ => Make.NewId(IdPrefix.Payment)).ToList();
        var before = new HashSet<Id>();
        foreach (var share in new[] { 0, 0.1, 0.25, 0.5, 0.9, 1 })
        {
            var now = payments.Where(payment => RoutingRules.IsInShare(payment, "northbank", share)).ToHashSet();
            Assert.InRange(now.Count, (share * 2_000) - 150, (share * 2_000) + 150);
            Assert.Superset(before, now);
            before = now;
        }

        Assert.Equal(2_000, before.Count);
        Assert.DoesNotContain(payments, payment => RoutingRules.IsInShare(payment, "northbank", 0));
    }

    [Theory]
    [InlineData(null, "default", "vault")]
    [InlineData("northbank", "default", "vault")]               // the merchant's own order names nobody who takes accounts
    [InlineData("northbank other vault", "merchant", "other vault")]
    public void Order_ABankAccount_IsOfThoseThatTakeBankAccounts(string? own, string why, string order)
    {
        var table = Table();
        table.Acquirers["vault"] = new() { Takes = PaymentMethodType.BankAccount };
        table.Acquirers["other"] = new() { Takes = PaymentMethodType.BankAccount };
        table.Default = ["northbank", "vault", "harbor", "meridian"];
        table.Table.Add(new() { Currency = "USD", Merchant = Make.Merchant.ToString(), Order = ["harbor"] });   // says most, and names nobody who takes accounts
        var question = RouteQuestion.Of(Make.Merchant, own?.Split(' ') ?? [], new Money(100, Currency.Usd), Make.Account(), riskScore: null);
        AssertOrder(why, order, RoutingRules.Order(table, question));
    }

    [Fact]
    public void Order_ACard_NeverIsOfThoseThatTakeBankAccounts()
    {
        var table = Table();
        table.Acquirers["vault"] = new() { Takes = PaymentMethodType.BankAccount };
        table.Default = ["vault", "northbank"];
        table.Currencies["JPY"] = ["vault"];
        AssertOrder("default", "northbank", RoutingRules.Order(table, Question(own: ["vault"])));
        AssertOrder("default", "northbank", RoutingRules.Order(table, Question(currency: "JPY")));
    }

    // Two that recover at once take different payments: else the same ones would be sent on by both.
    [Fact]
    public void IsInShare_TwoAcquirers_AreDifferentPayments()
    {
        var payments = Enumerable.Range(0, 1_000).Select(_ => Make.NewId(IdPrefix.Payment)).ToList();
        Assert.InRange(payments.Count(payment => RoutingRules.IsInShare(payment, "northbank", 0.5) && RoutingRules.IsInShare(payment, "harbor", 0.5)), 180, 320);
    }

    [Fact]
    public void Route_AnyTableAndQuestion_NamesWhoIsKnownOnceAndNobodyWhoIsExcluded() => Prop.ForAll(Cases.ToArbitrary(), made =>
    {
        var order = RoutingRules.Order(made.Table, made.Question);
        var again = RoutingRules.Order(made.Table, made.Question);
        var route = RoutingRules.Choose(order, made.Tried, acquirer => made.Standing[acquirer]);
        var withoutPrices = RoutingRules.Order(made.Free, made.Question);
        Assert.NotEmpty(order.Acquirers);
        AssertOrder(again.Why, string.Join(' ', again.Acquirers), order);
        Assert.Equal(order.Acquirers.Distinct(), order.Acquirers);
        Assert.All(order.Acquirers, acquirer => Assert.Contains(acquirer, made.Table.Acquirers.Keys));
        Assert.Equal(withoutPrices.Acquirers.Order(), order.Acquirers.Order());   // prices order; they neither add nor take away

        var askable = order.Acquirers.Where(acquirer => !made.Tried.Contains(acquirer) && made.Standing[acquirer] != Standing.Away).ToList();
        Assert.Equal(askable.Count == 0, route is null);
        if (route is not null)
        {
            Assert.Contains(route.Acquirer, askable);
            Assert.DoesNotContain(askable.TakeWhile(acquirer => acquirer != route.Acquirer), acquirer => made.Standing[acquirer] == Standing.Ready);
            Assert.DoesNotContain(route.PassedOver, passed => passed.Acquirer == route.Acquirer);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static RouteOrder Three => new("default", ["northbank", "harbor", "meridian"]);

    private static Gen<Case> Cases =>
        from orders in Gen.Shuffle(Names).Select(names => names.Take(3).ToArray()).ListOf(6)
        from currency in Gen.Elements("USD", "EUR", "JPY")
        from ruled in Gen.Elements("USD", "EUR", null)
        from brand in Gen.Elements("visa", "amex")
        from country in Gen.Elements("US", "DE", null)
        from own in Gen.Elements(Names.Append("gone").ToArray()).ListOf().Resize(3)
        from prices in Gen.Choose(0, 3).ListOf(8)
        from amount in Gen.Choose(1, 100_000)
        from score in Gen.Choose(-1, 99)
        from below in Gen.Choose(0, 100)
        from tried in Gen.SubListOf(Names)
        from standing in Gen.Elements(Standing.Ready, Standing.Recovering, Standing.Away).ListOf(4)
        select new Case(
            Build(orders, ruled, below, prices),
            Build(orders, ruled, below, null),
            Question(amount, currency, brand, country, score < 0 ? null : score, [.. own]),
            tried.ToImmutableHashSet(),
            Names.Zip(standing).ToDictionary(pair => pair.First, pair => pair.Second));

    private static RoutingOptions Build(IReadOnlyList<string[]> orders, string? currency, int below, IReadOnlyList<int>? prices)
    {
        var table = new RoutingOptions
        {
            Table = { new() { Currency = currency, Order = orders[0] }, new() { Region = "DE", Brand = "visa", Order = orders[1] } },
            Currencies = { ["JPY"] = orders[2] },
            Default = orders[3],
            CheapestBelow = below,
        };
        if (currency is null)
        {
            table.Table.RemoveAt(0);
        }

        foreach (var (index, name) in Names.Index())
        {
            table.Acquirers[name] = new AcquirerSettings();
            if (prices is not null && prices[index] > 0)   // zero: no price
            {
                table.Acquirers[name].Costs.Add(new CostLine { BasisPoints = prices[index] * 10, Fixed = prices[index + 4] });
            }
        }

        return table;
    }

    private static RouteQuestion Question(
        long amount = 10_000, string currency = "USD", string brand = "visa", string? country = "US", int? score = 50, IReadOnlyList<string>? own = null) =>
        new(Make.Merchant, own ?? [], new Money(amount, Currency.Parse(currency)), PaymentMethodType.Card, brand, country, score);

    private static void AssertOrder(string why, string order, RouteOrder actual) => Assert.Equal((why, order), (actual.Why, string.Join(' ', actual.Acquirers)));

    private sealed record Case(RoutingOptions Table, RoutingOptions Free, RouteQuestion Question, ImmutableHashSet<string> Tried, Dictionary<string, Standing> Standing);
}
