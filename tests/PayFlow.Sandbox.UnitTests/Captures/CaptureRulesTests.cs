using PayFlow.Sandbox.Authorizations;
using PayFlow.Sandbox.Captures;

namespace PayFlow.Sandbox.UnitTests.Captures;

public sealed class CaptureRulesTests
{
    public static TheoryData<string, Authorization?, long, CaptureRefusal?> Cases => new()
    {
        { "all", Books.Approved, 1_000, null },
        { "a part", Books.Approved, 1, null },
        { "the rest", Books.Approved with { Captured = 400 }, 600, null },
        { "more than is held", Books.Approved, 1_001, CaptureRefusal.ExceedsAuthorized },
        { "more than is left", Books.Approved with { Captured = 400 }, 601, CaptureRefusal.ExceedsAuthorized },
        { "after the final one", Books.Approved with { Captured = 400, Closed = true }, 1, CaptureRefusal.AuthorizationClosed },
        { "declined", Books.Declined, 1, CaptureRefusal.AuthorizationDeclined },
        { "reversed", Books.Reversed, 1, CaptureRefusal.AuthorizationReversed },
        { "tombstone", Books.Tombstone, 1, CaptureRefusal.AuthorizationReversed },
        { "unknown", null, 1, CaptureRefusal.UnknownAuthorization },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuse_Capture_HasItsReason(string name, Authorization? authorization, long amount, CaptureRefusal? refusal) =>
        Assert.True(refusal == CaptureRules.Refuse(authorization, Asked(amount)), name);

    [Fact]
    public void Refuse_ReferenceOfAnother_IsUnknown()
    {
        Assert.Null(CaptureRules.Refuse(Books.Approved, Asked(1) with { AuthorizationReference = Books.Approved.Reference }));
        Assert.Equal(CaptureRefusal.UnknownAuthorization, CaptureRules.Refuse(Books.Approved, Asked(1) with { AuthorizationReference = "att_another" }));
        Assert.Equal(CaptureRefusal.UnknownAuthorization, CaptureRules.Refuse(Books.Declined, Asked(1) with { AuthorizationReference = "att_another" }));   // nothing is told of it
    }

    [Fact]
    public void Refuse_EveryReason_IsReachedByATest() => Assert.Equal(
        Enum.GetValues<CaptureRefusal>(),
        Cases.Select(row => CaptureRules.Refuse((Authorization?)row[1], Asked((long)row[2]!))).OfType<CaptureRefusal>().Distinct().Order());

    private static Capture Asked(long amount) => new("northbank", "op_1", Books.Approved.ExternalId, amount, Final: false, "nbc_1", Refusal: null, Books.Approved.CreatedAt);
}
