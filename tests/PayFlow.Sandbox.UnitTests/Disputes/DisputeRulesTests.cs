using PayFlow.Sandbox.Disputes;

namespace PayFlow.Sandbox.UnitTests.Disputes;

public sealed class DisputeRulesTests
{
    private static readonly DisputableCapture Settled = new("nbc_1", 1_000, "USD", "424242******4242", IsSettled: true, Debited: 0);

    public static TheoryData<string, DisputableCapture?, long?, DisputeRefusal?> Cases => new()
    {
        { "all", Settled, 1_000, null },
        { "all that is left", Settled with { Debited = 999 }, null, null },
        { "a part", Settled, 1, null },
        { "the rest", Settled with { Debited = 400 }, 600, null },
        { "more than there is", Settled, 1_001, DisputeRefusal.ExceedsCapture },
        { "more than is left", Settled with { Debited = 400 }, 601, DisputeRefusal.ExceedsCapture },
        { "nothing is left", Settled with { Debited = 1_000 }, null, DisputeRefusal.ExceedsCapture },
        { "not settled", Settled with { IsSettled = false }, 1_000, DisputeRefusal.NotSettled },
        { "unknown", null, 1_000, DisputeRefusal.UnknownCapture },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Refuse_Dispute_HasItsReason(string name, DisputableCapture? capture, long? amount, DisputeRefusal? refusal) =>
        Assert.True(refusal == DisputeRules.Refuse(capture, amount), name);

    [Fact]
    public void Refuse_EveryReason_IsReachedByATest() => Assert.Equal(
        Enum.GetValues<DisputeRefusal>(),
        Cases.Select(row => DisputeRules.Refuse((DisputableCapture?)row[1], (long?)row[2])).OfType<DisputeRefusal>().Distinct().Order());
}
