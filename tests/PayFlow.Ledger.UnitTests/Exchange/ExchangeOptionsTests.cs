using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;
using PayFlow.Kernel;
using PayFlow.Ledger.Exchange;
using PayFlow.Ledger.UnitTests.Transfers;

namespace PayFlow.Ledger.UnitTests.Exchange;

public sealed class ExchangeOptionsTests
{
    [Fact]
    public async Task ConfiguredRates_OneWay_ServeBothAndNoCross()
    {
        var options = new ExchangeOptions { Source = "table", RatesAt = Sample.Now, Rates = { ["EUR/USD"] = "1.25", ["USD/JPY"] = "150" } };
        Assert.Empty(Wrong(options));
        var rates = new ConfiguredRates(Options.Create(options));

        Assert.Equal(new ExchangeRate(Currency.Usd, Currency.Eur, 4, 5, "table", Sample.Now), await rates.FindAsync(Currency.Usd, Currency.Eur, default));
        Assert.Equal(new ExchangeRate(Currency.Eur, Currency.Usd, 5, 4, "table", Sample.Now), await rates.FindAsync(Currency.Eur, Currency.Usd, default));
        Assert.Null(await rates.FindAsync(Currency.Eur, Currency.Parse("JPY"), default));
    }

    [Fact]
    public void Validate_WhatIsNoRate_NamesEachAndAsksForATime() =>
        Assert.Equal(4, Wrong(new ExchangeOptions { Rates = { ["EURUSD"] = "1", ["EUR/EUR"] = "1", ["EUR/USD"] = "x" } }).Count);

    private static List<ValidationResult> Wrong(ExchangeOptions options) => [.. options.Validate(new ValidationContext(options))];
}
