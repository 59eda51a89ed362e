using PayFlow.Auth.Vault;

namespace PayFlow.Auth.UnitTests.Vault;

public sealed class BrandsTests
{
    // The edges of every range, and what lies just outside.
    [Theory]
    [InlineData("4", "visa")]
    [InlineData("50", "unknown")]
    [InlineData("51", "mastercard")]
    [InlineData("55", "mastercard")]
    [InlineData("56", "unknown")]
    [InlineData("2220", "unknown")]
    [InlineData("2221", "mastercard")]
    [InlineData("2500", "mastercard")]
    [InlineData("2720", "mastercard")]
    [InlineData("2721", "unknown")]
    [InlineData("33", "unknown")]
    [InlineData("34", "amex")]
    [InlineData("35", "unknown")]
    [InlineData("37", "amex")]
    [InlineData("6011", "discover")]
    [InlineData("6012", "unknown")]
    [InlineData("643", "unknown")]
    [InlineData("644", "discover")]
    [InlineData("649", "discover")]
    [InlineData("65", "discover")]
    [InlineData("300", "diners")]
    [InlineData("305", "diners")]
    [InlineData("306", "unknown")]
    [InlineData("3095", "diners")]
    [InlineData("36", "diners")]
    [InlineData("38", "diners")]
    [InlineData("39", "diners")]
    [InlineData("3527", "unknown")]
    [InlineData("3528", "jcb")]
    [InlineData("3589", "jcb")]
    [InlineData("3590", "unknown")]
    [InlineData("62", "unionpay")]
    [InlineData("81", "unionpay")]
    [InlineData("5018", "maestro")]
    [InlineData("5020", "maestro")]
    [InlineData("5038", "maestro")]
    [InlineData("5893", "maestro")]
    [InlineData("6304", "maestro")]
    [InlineData("6759", "maestro")]
    [InlineData("6761", "maestro")]
    [InlineData("6763", "maestro")]
    [InlineData("6764", "unknown")]
    [InlineData("9", "unknown")]
    public void Of_Prefix_IsTheNetworks(string prefix, string brand) => Assert.Equal(brand, Brands.Of(prefix.PadRight(16, '0')).Name);

    [Theory]
    [InlineData("4222222222222", true)]          // visa, 13
    [InlineData("42222222222226", false)]        // visa, 14
    [InlineData("4000000000000000006", true)]    // visa, 19
    [InlineData("371449635398431", true)]        // amex, 15
    [InlineData("3714496353984314", false)]      // amex, 16
    [InlineData("555555555555558", false)]       // mastercard, 15
    [InlineData("30569309025904", true)]         // diners, 14
    [InlineData("6759649826438453", true)]       // maestro
    [InlineData("501800000009", true)]           // maestro, 12
    public void TryParse_Length_MustBeTheNetworks(string digits, bool isCard)
    {
        Assert.True(LuhnHolds(digits), "The case is wrong: its check digit is.");
        Assert.Equal(isCard, CardNumber.TryParse(digits, out _));
    }

    [Theory]
    [InlineData("4242424242424242", "123", true)]
    [InlineData("4242424242424242", "1234", false)]
    [InlineData("4242424242424242", "12a", false)]
    [InlineData("378282246310005", "1234", true)]
    [InlineData("378282246310005", "123", false)]
    [InlineData("9000000000000001", "123", true)]
    [InlineData("9000000000000001", "1234", true)]
    [InlineData("9000000000000001", "12345", false)]
    public void HasCvc_Length_IsTheNetworks(string digits, string cvc, bool has) => Assert.Equal(has, Brands.Of(digits).HasCvc(cvc));

    private static bool LuhnHolds(string digits) =>
        digits.Reverse().Select((digit, i) => (digit - '0') * (i % 2 == 0 ? 1 : 2)).Sum(value => value > 9 ? value - 9 : value) % 10 == 0;
}
