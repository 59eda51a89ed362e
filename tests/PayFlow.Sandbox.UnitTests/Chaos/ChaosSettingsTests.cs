using FsCheck;
using FsCheck.Fluent;
using PayFlow.Sandbox.Chaos;

namespace PayFlow.Sandbox.UnitTests.Chaos;

public sealed class ChaosSettingsTests
{
    private static readonly ChaosSettings Mixed = ChaosSettings.Calm with
    {
        ErrorRate = 0.1,
        ErrorAfterRate = 0.1,
        TimeoutRate = 0.1,
        TimeoutAfterRate = 0.1,
        LostReplyRate = 0.1,
    };

    [Theory]
    [InlineData(0.00, Fault.Error)]
    [InlineData(0.09, Fault.Error)]
    [InlineData(0.11, Fault.ErrorAfter)]
    [InlineData(0.21, Fault.Timeout)]
    [InlineData(0.31, Fault.TimeoutAfter)]
    [InlineData(0.41, Fault.LostReply)]
    [InlineData(0.51, Fault.None)]
    [InlineData(0.999, Fault.None)]
    public void Strike_Draw_FallsOnTheRateItHits(double draw, Fault fault) => Assert.Equal(fault, Mixed.Strike(draw));

    [Fact]
    public void Strike_Calm_NeverStrikes() => Prop.ForAll<int>(draw =>
        ChaosSettings.Calm.Strike((draw & int.MaxValue) / (double)int.MaxValue * 0.999) == Fault.None).QuickCheckThrowOnFailure();

    [Fact]
    public void Strike_CertainFault_AlwaysStrikes() => Prop.ForAll<int>(draw =>
        (ChaosSettings.Calm with { LostReplyRate = 1 }).Strike((draw & int.MaxValue) / (double)int.MaxValue * 0.999) == Fault.LostReply).QuickCheckThrowOnFailure();

    [Fact]
    public void Faults_WrongSettings_AreAllNamed()
    {
        var wrong = ChaosSettings.Calm with { LatencyMs = -1, ErrorRate = 1.5, LostReplyRate = double.NaN, DuplicateIdRate = -0.1 };
        Assert.Equal(["duplicate_id_rate", "error_rate", "latency_ms", "lost_reply_rate"], wrong.Faults().Select(fault => fault.Param).Distinct().Order());
    }

    [Fact]
    public void Faults_RatesTogetherAboveOne_AreRefused() =>
        Assert.NotEmpty((ChaosSettings.Calm with { ErrorRate = 0.6, LostReplyRate = 0.6 }).Faults());

    [Fact]
    public void Faults_CalmAndMixed_AreFine()
    {
        Assert.Empty(ChaosSettings.Calm.Faults());
        Assert.Empty(Mixed.Faults());
    }

    [Theory]
    [InlineData(1_000, AmountSwitch.None)]
    [InlineData(1_001, AmountSwitch.SettlesShort)]
    [InlineData(1_002, AmountSwitch.Missing)]
    [InlineData(1_003, AmountSwitch.SettledTwice)]
    [InlineData(1_004, AmountSwitch.SettlesLate)]
    [InlineData(1_005, AmountSwitch.LostReply)]
    [InlineData(1_006, AmountSwitch.None)]
    [InlineData(1_099, AmountSwitch.None)]
    [InlineData(1, AmountSwitch.SettlesShort)]
    public void AmountSwitch_LastTwoDigits_CountOnlyWhenOn(long amount, AmountSwitch expected)
    {
        Assert.Equal(expected, AmountSwitches.Of(amount, on: true));
        Assert.Equal(AmountSwitch.None, AmountSwitches.Of(amount, on: false));
    }
}
