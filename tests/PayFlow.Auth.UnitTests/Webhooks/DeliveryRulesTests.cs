using System.Net;
using PayFlow.Auth.Webhooks;

namespace PayFlow.Auth.UnitTests.Webhooks;

public sealed class DeliveryRulesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Schedule_EndpointThatNeverAnswers_IsTriedTenTimesInALittleMoreThanThreeDays()
    {
        var (now, tries) = (Start, 0);
        var pauses = new List<TimeSpan>();
        var verdict = new Verdict(DeliveryState.Pending, 0, Start);
        while (verdict is { State: DeliveryState.Pending, NextAt: { } next })
        {
            pauses.Add(next - now);
            now = next;
            verdict = DeliveryRules.Decide(tries, Failed(now), now);
            tries = verdict.Tries;
        }

        Assert.Equal(
            ["00:00:00", "00:00:05", "00:05:00", "00:30:00", "02:00:00", "05:00:00", "10:00:00", "14:00:00", "20:00:00", "1.00:00:00"],
            pauses.Select(pause => pause.ToString()));
        Assert.Equal(new Verdict(DeliveryState.Failed, 10, null), verdict);
        Assert.InRange((now - Start).TotalDays, 3, 3.3);
    }

    [Theory]
    [InlineData(200, DeliveryState.Succeeded)]
    [InlineData(204, DeliveryState.Succeeded)]
    [InlineData(299, DeliveryState.Succeeded)]
    [InlineData(301, DeliveryState.Pending)]
    [InlineData(400, DeliveryState.Pending)]
    [InlineData(410, DeliveryState.Failed)]
    [InlineData(500, DeliveryState.Pending)]
    [InlineData(null, DeliveryState.Pending)]
    public void Attempt_ByItsAnswer_EndsTheDeliveryOrNot(int? status, DeliveryState state) => Assert.Equal(state, DeliveryRules.Decide(0, Answered(status), Start).State);

    [Fact]
    public void Success_InTheMiddle_EndsTheDelivery() => Assert.Equal(new Verdict(DeliveryState.Succeeded, 4, null), DeliveryRules.Decide(4, Answered(200), Start));

    [Theory]
    [InlineData(500, "2.23:59:59", null)]
    [InlineData(500, "3.00:00:00", "failing")]
    [InlineData(null, "4.00:00:00", "failing")]
    [InlineData(410, "00:00:00", "gone")]
    public void Endpoint_ThatFailed_IsDisabledWhenGoneOrAfterThreeDays(int? status, string since, string? reason) =>
        Assert.Equal(reason, DeliveryRules.Disable(Answered(status), Start - TimeSpan.Parse(since), TimeSpan.FromDays(3), Start));

    private static Attempt Failed(DateTimeOffset at) => new(at, 10, null, "The connection failed: ConnectionRefused.", null);

    private static Attempt Answered(int? status) => new(Start, 10, status, status is >= 200 and < 300 ? null : "It failed.", null);
}
