namespace PayFlow.Fraud.UnitTests.Rules;

public sealed class CountryRulesTests
{
    [Theory]
    [InlineData("US", "US", "US", 0)]
    [InlineData("US", "US", null, 0)]
    [InlineData(null, null, null, 0)]
    [InlineData("US", null, null, 0)]
    [InlineData("US", "FR", null, 20)]
    [InlineData("US", null, "FR", 20)]
    [InlineData(null, "US", "FR", 20)]
    [InlineData("US", "US", "FR", 20)]
    [InlineData("US", "FR", "FR", 20)]
    [InlineData("US", "FR", "RU", 45)]
    public void CountryMismatch_KnownCountries_GivesPointsByHowManyThereAre(string? card, string? billing, string? ip, int points)
    {
        var facts = Facts.Quiet.WithRequest(request => request with
        {
            Card = Facts.Card with { Country = card },
            BillingCountry = billing,
            IpCountry = ip,
            ShippingCountry = null,
        });
        Assert.Equal(points, facts.Reason("country_mismatch")?.Points ?? 0);
    }

    [Fact]
    public void CountryMismatch_ThreeCountries_NamesWhatEachIs() => Assert.Equal(
        "The countries differ: issued in US, billed in FR, paid from RU.",
        Facts.Quiet.WithRequest(request => request with { BillingCountry = "FR", IpCountry = "RU" }).Reason("country_mismatch")?.Explanation);

    [Theory]
    [InlineData("US", "US", 0)]
    [InlineData("US", "FR", 15)]
    [InlineData("US", null, 0)]
    [InlineData(null, "FR", 0)]
    public void ShippingMismatch_Countries_GivesPointsWhenBothAreKnownAndDiffer(string? billing, string? shipping, int points) => Assert.Equal(
        points,
        Facts.Quiet.WithRequest(request => request with { BillingCountry = billing, ShippingCountry = shipping }).Reason("shipping_mismatch")?.Points ?? 0);
}
