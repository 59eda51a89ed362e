using PayFlow.Contracts.Common.V1;
using PayFlow.Contracts.Fraud.V1;
using PayFlow.Kernel;
using Mode = PayFlow.Contracts.Common.V1.Mode;
using Money = PayFlow.Contracts.Common.V1.Money;

namespace PayFlow.Fraud.IntegrationTests.Support;

/// <summary>Questions about payments that nobody has asked before.</summary>
internal static class Asks
{
    public static string NewFingerprint() => NewId("fp");

    public static string NewMerchant() => NewId(IdPrefix.Merchant);

    /// <summary>An unremarkable payment.</summary>
    public static CheckRiskRequest About(string fingerprint, string? merchant = null, long amount = 1_500, string bin = "45717360", string last4 = "1234") => new()
    {
        PaymentId = NewId(IdPrefix.Payment),
        MerchantId = merchant ?? NewMerchant(),
        Mode = Mode.Test,
        Amount = new Money { MinorUnits = amount, Currency = "USD" },
        Card = new CardFacts { Fingerprint = fingerprint, Brand = "visa", Bin = bin, Last4 = last4, Country = "US" },
        BillingCountry = "US",
        ShippingCountry = "US",
    };

    private static string NewId(string prefix) => Id.New(prefix, new Slot(7), TimeProvider.System.GetUtcNow()).ToString();
}
