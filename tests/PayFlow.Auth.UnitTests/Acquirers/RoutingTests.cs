using PayFlow.Auth.Acquirers;

namespace PayFlow.Auth.UnitTests.Acquirers;

public sealed class RoutingTests
{
    private readonly RoutingOptions table = new() { Default = ["northbank", "harbor"], Currencies = { ["EUR"] = ["harbor", "northbank"] } };

    [Fact]
    public void Order_NothingSaid_IsTheDefault() => Assert.Equal(["northbank", "harbor"], Routing.Order(table, [], Currency.Usd));

    [Fact]
    public void Order_CurrencyInTheTable_IsItsOwn() => Assert.Equal(["harbor", "northbank"], Routing.Order(table, [], Currency.Eur));

    [Fact]
    public void Order_MerchantsOwn_GoesFirstOfAll() => Assert.Equal(["northbank"], Routing.Order(table, ["northbank"], Currency.Eur));

    [Fact]
    public void Order_MerchantNamesOneThatIsGone_IsAsTheTableSays() => Assert.Equal(["harbor", "northbank"], Routing.Order(table, ["gone"], Currency.Eur));

    [Fact]
    public void Validate_UnknownNames_AreRefused()
    {
        var wrong = new RoutingOptions { Default = ["nobody"], Currencies = { ["XYZ"] = ["northbank"] } };
        Assert.Equal(2, wrong.Validate(new(new object())).Count());
        Assert.Single(new RoutingOptions().Validate(new(new object())));
        Assert.Empty(table.Validate(new(new object())));
    }
}
