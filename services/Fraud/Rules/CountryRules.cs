namespace PayFlow.Fraud.Rules;

/// <summary>Where the card comes from, where it is billed, where the customer is, where the goods go.</summary>
public static class CountryRules
{
    public static RiskReason? Mismatch(RiskFacts facts, FraudOptions options)
    {
        var request = facts.Request;
        List<(string Country, string Phrase)> known =
        [
            .. Known(request.Card?.Country, "issued in"),
            .. Known(request.BillingCountry, "billed in"),
            .. Known(request.IpCountry, "paid from"),
        ];
        var points = known.Select(one => one.Country).Distinct().Count() switch
        {
            2 => options.TwoCountriesPoints,
            3 => options.ThreeCountriesPoints,
            _ => 0,
        };
        return points > 0
            ? new("country_mismatch", points, $"The countries differ: {string.Join(", ", known.Select(one => $"{one.Phrase} {one.Country}"))}.")
            : null;
    }

    public static RiskReason? Shipping(RiskFacts facts, FraudOptions options) =>
        facts.Request is { BillingCountry: { } billing, ShippingCountry: { } shipping } && billing != shipping && options.ShippingMismatchPoints > 0
            ? new("shipping_mismatch", options.ShippingMismatchPoints, $"Billed in {billing} and shipped to {shipping}.")
            : null;

    private static IEnumerable<(string Country, string Phrase)> Known(string? country, string phrase) => country is null ? [] : [(country, phrase)];
}
