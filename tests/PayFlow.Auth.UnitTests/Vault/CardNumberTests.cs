using PayFlow.Auth.Vault;

namespace PayFlow.Auth.UnitTests.Vault;

public sealed class CardNumberTests
{
    [Theory]
    [InlineData("4242424242424242", "visa", "US", "42424242", "424242******4242")]
    [InlineData("5555555555554444", "mastercard", "US", "55555555", "555555******4444")]
    [InlineData("2223003122003222", "mastercard", "US", "22230031", "222300******3222")]
    [InlineData("378282246310005", "amex", "US", "378282", "378282*****0005")]
    [InlineData("6011111111111117", "discover", "US", "60111111", "601111******1117")]
    [InlineData("4000000760000002", "visa", "BR", "40000007", "400000******0002")]
    [InlineData("4000008260000000", "visa", "GB", "40000082", "400000******0000")]
    [InlineData("4000008400001629", "visa", "US", "40000084", "400000******1629")]
    [InlineData("3530111333300000", "jcb", null, "35301113", "353011******0000")]
    [InlineData("6200000000000005", "unionpay", null, "62000000", "620000******0005")]
    public void TryParse_KnownCard_SaysWhatMayBeKnown(string digits, string brand, string? country, string bin, string masked)
    {
        Assert.True(CardNumber.TryParse(digits, out var number));
        Assert.Equal((brand, country, bin, masked, digits[^4..]), (number.Brand, number.Country, number.Bin, number.Masked, number.Last4));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("4242424242424241")]
    [InlineData("4242 4242 4242 4242")]
    [InlineData("42424242424")]
    [InlineData("42424242424242424242")]
    [InlineData("424242424242424x")]
    [InlineData("٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢")]
    public void TryParse_NoCardNumber_IsRefused(string? text) => Assert.False(CardNumber.TryParse(text, out _));

    [Fact]
    public void TryParse_EverySingleWrongDigit_IsFound()
    {
        const string right = "4242424242424242";
        for (var i = 0; i < right.Length; i++)
        {
            foreach (var digit in "0123456789".Where(digit => digit != right[i]))
            {
                Assert.False(CardNumber.TryParse($"{right[..i]}{digit}{right[(i + 1)..]}", out _));
            }
        }
    }

    [Fact]
    public void ToString_WhateverHoldsACard_NeverShowsIt()
    {
        Assert.True(CardNumber.TryParse("4242424242424242", out var number));
        var open = new OpenCard("4242424242424242", 12, 2030, "123");
        Assert.All(
            [number.ToString(), $"{open}", $"{new NewCard(number, 12, 2030, "123")}", System.Text.Json.JsonSerializer.Serialize(open), System.Text.Json.JsonSerializer.Serialize(number)],
            text =>
            {
                Assert.DoesNotContain("4242424242424242", text, StringComparison.Ordinal);
                Assert.DoesNotContain("123", text, StringComparison.Ordinal);
            });
    }
}
