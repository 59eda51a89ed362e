using PayFlow.Sandbox.Captures;

namespace PayFlow.Sandbox.UnitTests.Captures;

public sealed class CaptureVoidRulesTests
{
    private static readonly TakenCapture Captured = new(Amount: 400, IsBatched: false, IsVoided: false, Taken: 1_000, Refunded: 0);

    public static TheoryData<string, TakenCapture?, CaptureVoidRefusal?> Cases => new()
    {
        { "one of two", Captured, null },
        { "the only one", Captured with { Taken = 400 }, null },
        { "the other covers the refund", Captured with { Refunded = 600 }, null },
        { "the other doesn't", Captured with { Refunded = 601 }, CaptureVoidRefusal.Refunded },
        { "refunded in part", Captured with { Taken = 400, Refunded = 1 }, CaptureVoidRefusal.Refunded },
        { "in a batch", Captured with { IsBatched = true }, CaptureVoidRefusal.Settled },
        { "in a batch and refunded", Captured with { IsBatched = true, Refunded = 1_000 }, CaptureVoidRefusal.Settled },
        { "voided before", Captured with { IsVoided = true, Taken = 600 }, CaptureVoidRefusal.Voided },
        { "unknown", null, CaptureVoidRefusal.UnknownCapture },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuse_Void_HasItsReason(string name, TakenCapture? capture, CaptureVoidRefusal? refusal) => Assert.True(refusal == CaptureVoidRules.Refuse(capture), name);

    [Fact]
    public void Refuse_EveryReason_IsReachedByATest() => Assert.Equal(
        Enum.GetValues<CaptureVoidRefusal>(), Cases.Select(row => CaptureVoidRules.Refuse((TakenCapture?)row[1])).OfType<CaptureVoidRefusal>().Distinct().Order());
}
