using System.Collections.Frozen;
using PayFlow.Sandbox.Disputes;

namespace PayFlow.Sandbox.Cards;

/// <summary>Answers for the banks that issued the cards: by number, as the published test cards say; every other card approves.</summary>
public static class Issuer
{
    private static readonly FrozenDictionary<string, Decline> Declining = new Dictionary<string, Decline>
    {
        ["4000000000000002"] = Decline.CardDeclined,
        ["4000000000009995"] = Decline.InsufficientFunds,
        ["4000000000009987"] = Decline.LostCard,
        ["4000000000009979"] = Decline.StolenCard,
        ["4000000000000069"] = Decline.ExpiredCard,
        ["4000000000000127"] = Decline.IncorrectCvc,
        ["4000000000000119"] = Decline.ProcessingError,
        ["4000008400001629"] = Decline.CardDeclined,
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> WantingAuthentication = FrozenSet.Create("4000000000003220", "4000008400001629");

    // Elevated risk, too, so that a payment that the risk check wants authenticated meets a bank that asks.
    private static readonly FrozenSet<string> Challenging = FrozenSet.Create("4000000000003220", "4000008400001629", "4000000000009235");

    // By what the books keep of a number.
    private static readonly FrozenDictionary<string, DisputeReason> Disputing = new Dictionary<string, DisputeReason>
    {
        ["400000******0259"] = DisputeReason.Fraudulent,
        ["400000******2685"] = DisputeReason.ProductNotReceived,
    }.ToFrozenDictionary();

    /// <summary>Why the cardholder disputes every sale as soon as it is settled; null when he doesn't.</summary>
    /// <param name="maskedCard">As <see cref="Card.Masked"/> has it.</param>
    public static DisputeReason? DisputesWith(string maskedCard) => Disputing.TryGetValue(maskedCard, out var reason) ? reason : null;

    /// <summary>Whether the issuer's 3-D Secure asks the payer, rather than being content with what it knows.</summary>
    public static bool Challenges(Card card) => Challenging.Contains(card.Number);

    /// <summary>Why the issuer declines, or null when it approves.</summary>
    /// <param name="authenticated">The payer went through 3-D Secure.</param>
    public static Decline? Decide(Card card, bool authenticated, DateTimeOffset now)
    {
        if (!card.HasValidCheckDigit())
        {
            return Decline.IncorrectNumber;
        }

        if (card.IsExpired(now))
        {
            return Decline.ExpiredCard;
        }

        return WantingAuthentication.Contains(card.Number) && !authenticated
            ? Decline.AuthenticationRequired
            : Declining.GetValueOrDefault(card.Number);
    }
}
