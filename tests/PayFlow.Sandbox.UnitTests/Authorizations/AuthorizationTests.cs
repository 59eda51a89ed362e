using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.UnitTests.Authorizations;

public sealed class AuthorizationTests
{
    public static TheoryData<string, Authorization, AuthorizationState, string?> States => new()
    {
        { "approved", Books.Approved, AuthorizationState.Approved, null },
        { "declined", Books.Declined, AuthorizationState.Declined, "card_declined" },
        { "reversed", Books.Reversed, AuthorizationState.Reversed, "reversed" },
        { "tombstone", Books.Tombstone, AuthorizationState.Reversed, "reversed" },
        { "in part", Books.Approved with { Captured = 400 }, AuthorizationState.PartiallyCaptured, null },
        { "in part, and no more", Books.Approved with { Captured = 400, Closed = true }, AuthorizationState.Captured, null },
        { "all, not final", Books.Approved with { Captured = 1_000 }, AuthorizationState.Captured, null },
        { "all, and voided", Books.Approved with { Captured = 1_000, Voided = 1_000 }, AuthorizationState.Voided, null },
        { "in part, no more, and voided", Books.Approved with { Captured = 400, Voided = 400, Closed = true }, AuthorizationState.Voided, null },
        { "in part, voided, and the rest is still held", Books.Approved with { Captured = 400, Voided = 400 }, AuthorizationState.Approved, null },
        { "in two parts, one voided", Books.Approved with { Captured = 600, Voided = 200 }, AuthorizationState.PartiallyCaptured, null },
        { "all, and refunded", Books.Approved with { Captured = 1_000, Refunded = 1_000 }, AuthorizationState.Captured, null },
    };

    [Theory]
    [MemberData(nameof(States))]
    public void Authorization_Facts_SayItsStateAndWhetherMoneyIsHeld(string name, Authorization authorization, AuthorizationState state, string? refused)
    {
        Assert.True(state == authorization.State, name);
        Assert.Equal(refused, authorization.Refused?.Code);
    }

    [Fact]
    public void Answer_Reversed_IsADeclineEvenWhenItWasApproved()
    {
        var answer = AuthorizationAnswer.To(Books.Reversed);
        Assert.Equal((AuthorizationResult.Declined, "reversed", DeclineKind.Hard), (answer.Result, answer.DeclineCode, answer.DeclineKind));
    }

    [Fact]
    public void IsSameRequest_OtherAmountMerchantCurrencyOrCard_IsAnother()
    {
        Assert.True(Books.Approved.IsSameRequest(Books.Approved with { ExternalId = "nb_2" }));
        Assert.False(Books.Approved.IsSameRequest(Books.Approved with { Amount = 999 }));
        Assert.False(Books.Approved.IsSameRequest(Books.Approved with { Merchant = "mer_2" }));
        Assert.False(Books.Approved.IsSameRequest(Books.Approved with { Currency = "EUR" }));
        Assert.False(Books.Approved.IsSameRequest(Books.Approved with { Card = "400000******0002" }));
        Assert.True(Books.Tombstone.IsSameRequest(Books.Approved));
    }
}
