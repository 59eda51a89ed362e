using PayFlow.Sandbox.Cards;
using PayFlow.Sandbox.Disputes;

namespace PayFlow.Sandbox.UnitTests.Cards;

public sealed class IssuerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("4242424242424242", null, null)]
    [InlineData("5555555555554444", null, null)]   // not published, right check digit
    [InlineData("4000000000004954", null, null)]   // the risk is Fraud's to see
    [InlineData("4000000000009235", null, null)]
    [InlineData("4000000000000259", null, null)]   // the disputes come later
    [InlineData("4000000000002685", null, null)]
    [InlineData("4000000000000002", "card_declined", DeclineKind.Hard)]
    [InlineData("4000000000009995", "insufficient_funds", DeclineKind.Soft)]
    [InlineData("4000000000009987", "lost_card", DeclineKind.Hard)]
    [InlineData("4000000000009979", "stolen_card", DeclineKind.Hard)]
    [InlineData("4000000000000069", "expired_card", DeclineKind.Hard)]
    [InlineData("4000000000000127", "incorrect_cvc", DeclineKind.Hard)]
    [InlineData("4000000000000119", "processing_error", DeclineKind.Soft)]
    [InlineData("4242424242424241", "incorrect_number", DeclineKind.Hard)]
    [InlineData("4000000000003220", "authentication_required", DeclineKind.Soft)]
    [InlineData("4000008400001629", "authentication_required", DeclineKind.Soft)]
    public void Decide_Card_AnswersAsPublished(string number, string? code, DeclineKind? kind)
    {
        var decline = Issuer.Decide(new Card(number, 12, 2030), authenticated: false, Now);
        Assert.Equal((code, kind), (decline?.Code, decline?.Kind));
    }

    [Theory]
    [InlineData("4000000000000259", DisputeReason.Fraudulent)]
    [InlineData("4000000000002685", DisputeReason.ProductNotReceived)]
    [InlineData("4242424242424242", null)]
    public void DisputesWith_Card_AsPublished(string number, DisputeReason? reason) =>
        Assert.Equal(reason, Issuer.DisputesWith(new Card(number, 12, 2030).Masked));

    [Theory]
    [InlineData("4000000000003220", null)]
    [InlineData("4000008400001629", "card_declined")]
    [InlineData("4242424242424242", null)]
    public void Decide_AuthenticatedPayer_GoesOn(string number, string? code) =>
        Assert.Equal(code, Issuer.Decide(new Card(number, 12, 2030), authenticated: true, Now)?.Code);

    [Theory]
    [InlineData(11, 2026, null)]
    [InlineData(10, 2026, "expired_card")]
    [InlineData(12, 2025, "expired_card")]
    [InlineData(1, 2027, null)]
    public void Decide_Expiry_LastsToTheEndOfItsMonth(int month, int year, string? code) =>
        Assert.Equal(code, Issuer.Decide(new Card("4242424242424242", month, year), authenticated: false, Now)?.Code);

    [Fact]
    public void Card_InText_IsMasked()
    {
        var card = new Card("4242424242424242", 12, 2030);
        Assert.Equal("424242******4242", $"{card}");
        Assert.Equal("424242******4242", card.Masked);
    }
}
