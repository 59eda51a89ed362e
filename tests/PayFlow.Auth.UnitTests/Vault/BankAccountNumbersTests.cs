using PayFlow.Auth.Vault;

namespace PayFlow.Auth.UnitTests.Vault;

public sealed class BankAccountNumbersTests
{
    [Theory]
    [InlineData("110000000", true)]    // the Sandbox's
    [InlineData("021000021", true)]
    [InlineData("011401533", true)]
    [InlineData("322271627", true)]
    [InlineData("021000022", false)]   // check digit
    [InlineData("120000003", true)]
    [InlineData("130000006", false)]   // right check digit, no district
    [InlineData("000000000", false)]
    [InlineData("02100002", false)]
    [InlineData("0210000211", false)]
    [InlineData("02100002a", false)]
    [InlineData("٠٢١٠٠٠٠٢١", false)]
    [InlineData("", false)]
    public void IsRoutingNumber_Form_IsTheAbas(string text, bool isOne) => Assert.Equal(isOne, BankAccountNumbers.IsRoutingNumber(text));

    [Fact]
    public void IsRoutingNumber_EverySingleWrongDigit_IsFound()
    {
        const string right = "021000021";
        for (var i = 0; i < right.Length; i++)
        {
            foreach (var digit in "0123456789".Where(digit => digit != right[i]))
            {
                Assert.False(BankAccountNumbers.IsRoutingNumber($"{right[..i]}{digit}{right[(i + 1)..]}"));
            }
        }
    }

    [Theory]
    [InlineData("1234", true)]
    [InlineData("12345678901234567", true)]
    [InlineData("123", false)]
    [InlineData("123456789012345678", false)]
    [InlineData("12 34", false)]
    public void IsAccountNumber_Digits_FourToSeventeen(string text, bool isOne) => Assert.Equal(isOne, BankAccountNumbers.IsAccountNumber(text));

    [Fact]
    public void ToString_WhateverHoldsAnAccount_NeverShowsIt()
    {
        var account = new NewBankAccount("021000021", "000123456789", AccountType.Checking, HolderType.Company, "Ada Lovelace");
        object[] holders = [account, new OpenBankAccount("021000021", "000123456789", AccountType.Checking, HolderType.Company, "Ada Lovelace"), new NewToken(null, account)];
        Assert.All(holders, holder => Assert.All(["000123456789", "Lovelace"], secret =>
        {
            Assert.DoesNotContain(secret, $"{holder}", StringComparison.Ordinal);
            Assert.DoesNotContain(secret, System.Text.Json.JsonSerializer.Serialize(holder, holder.GetType()), StringComparison.Ordinal);
        }));
    }
}
