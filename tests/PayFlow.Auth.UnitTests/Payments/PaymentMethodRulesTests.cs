using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class PaymentMethodRulesTests
{
    [Theory]
    [InlineData("card", "card", "USD", false, true, "")]
    [InlineData("card", "card", "EUR", true, true, "")]
    [InlineData("bank_account", "bank_account", "USD", false, true, "")]
    [InlineData("bank_account", "bank_account", "EUR", false, true, "amount.currency")]
    [InlineData("bank_account", "bank_account", "USD", true, true, "three_d_secure.required")]
    [InlineData("card", "bank_account", "USD", false, true, "payment_method.type")]
    [InlineData("bank_account", "card", "EUR", true, true, "payment_method.type")]
    [InlineData("card", "card", "USD", false, false, "payment_method.type")]
    [InlineData("card", "bank_account", "JPY", true, false, "payment_method.type payment_method.type amount.currency three_d_secure.required")]
    public void Refuse_WhatIsAsked_NamesEveryFieldThatIsWrongForIt(string type, string token, string currency, bool secure, bool isTaken, string wrong)
    {
        var request = Make.Request();
        var asked = new CreatePaymentRequest(
            new Money(100, Currency.Parse(currency)), new CreatePaymentMethod(type, Make.NewId(IdPrefix.Token)), null, null, null, null, null, null, new Dictionary<string, string>(), null,
            new ThreeDSecureRequest(secure, null));
        var refusal = PaymentMethodRules.Refuse(asked, token == "card" ? request.Method : Make.Account(), _ => isTaken);
        Assert.Equal(wrong, string.Join(' ', refusal?.Errors.Select(error => error.Param) ?? []));
    }

    [Fact]
    public void Request_EitherMethod_ComesBackAsItWasKept()
    {
        var card = Make.Request();
        var account = card with { Method = Make.Account() };
        Assert.Equal(card.Method, PaymentRequest.Of(Make.Key(card)).Method);
        Assert.Equal(account.Method, PaymentRequest.Of(Make.Key(account)).Method);
        Assert.DoesNotContain("bank_account", card.ToJson(), StringComparison.Ordinal);
        Assert.Null(account.Card);
    }
}
