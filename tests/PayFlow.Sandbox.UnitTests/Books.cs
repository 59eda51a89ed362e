using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Cards;

namespace PayFlow.Sandbox.UnitTests;

/// <summary>Entries of the books as tests need them.</summary>
internal static class Books
{
    public static DateTimeOffset Now { get; } = new(2026, 11, 21, 9, 30, 0, TimeSpan.Zero);

    public static Authorization Approved { get; } = new(
        "northbank", "att_1", "nb_1", "mer_1", 1_000, "USD", "424242******4242", Decline: null, Captured: 0, Closed: false, ReversedAt: null, Now);

    public static Authorization Declined { get; } = Approved with { Decline = Decline.CardDeclined };

    public static Authorization Reversed { get; } = Approved with { ReversedAt = Now };

    public static Authorization Tombstone { get; } = Reversed with { Merchant = null, Amount = 0, Currency = null, Card = null };
}
