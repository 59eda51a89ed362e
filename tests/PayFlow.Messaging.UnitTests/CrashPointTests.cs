using Xunit;

namespace PayFlow.Messaging.UnitTests;

public sealed class CrashPointTests
{
    [Theory]
    [InlineData("a.b.c@")]
    [InlineData("a.b.c@0")]
    [InlineData("a.b.c@-1")]
    [InlineData("a.b.c@x")]
    public void Arm_AMalformedCount_Throws(string points) => Assert.Throws<FormatException>(() => CrashPoint.Arm(points));

    [Fact]
    public void Hit_NotArmed_DoesNothing()
    {
        CrashPoint.Arm("another.point.armed, test.point.later@2");
        CrashPoint.Hit("test.point.unarmed");
        CrashPoint.Hit("test.point.later");   // the second hit would end this process
        CrashPoint.Disarm();
        CrashPoint.Hit("test.point.later");
    }
}
