using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Refunds;

namespace PayFlow.Sandbox.UnitTests.Refunds;

public sealed class RefundRulesTests
{
    private static readonly Authorization Captured = Books.Approved with { Captured = 600 };

    public static TheoryData<string, Authorization?, long, RefundRefusal?> Cases => new()
    {
        { "all", Captured, 600, null },
        { "a part", Captured, 1, null },
        { "the rest", Captured with { Refunded = 400 }, 200, null },
        { "what no void has undone", Captured with { Voided = 100 }, 500, null },
        { "more than was captured", Captured, 601, RefundRefusal.ExceedsCaptured },
        { "more than is left", Captured with { Refunded = 400 }, 201, RefundRefusal.ExceedsCaptured },
        { "what a void has undone", Captured with { Voided = 100 }, 501, RefundRefusal.ExceedsCaptured },
        { "again, after all of it", Captured with { Refunded = 600 }, 1, RefundRefusal.ExceedsCaptured },
        { "all voided", Captured with { Voided = 600 }, 1, RefundRefusal.NotCaptured },
        { "held only", Books.Approved, 1, RefundRefusal.NotCaptured },
        { "declined", Books.Declined, 1, RefundRefusal.NotCaptured },
        { "reversed", Books.Reversed, 1, RefundRefusal.NotCaptured },
        { "tombstone", Books.Tombstone, 1, RefundRefusal.NotCaptured },
        { "unknown", null, 1, RefundRefusal.UnknownAuthorization },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuse_Refund_HasItsReason(string name, Authorization? authorization, long amount, RefundRefusal? refusal) =>
        Assert.True(refusal == RefundRules.Refuse(authorization, amount), name);

    [Fact]
    public void Refuse_EveryReason_IsReachedByATest() => Assert.Equal(
        Enum.GetValues<RefundRefusal>(),
        Cases.Select(row => RefundRules.Refuse((Authorization?)row[1], (long)row[2]!)).OfType<RefundRefusal>().Distinct().Order());
}
