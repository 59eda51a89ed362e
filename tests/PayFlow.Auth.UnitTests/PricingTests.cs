namespace PayFlow.Auth.UnitTests;

public sealed class PricingTests
{
    [Theory]
    [InlineData(10_000, 320)]     // 2.90 % + 30
    [InlineData(1_500, 74)]       // 43.5 rounds to the even 44
    [InlineData(31, 31)]          // 1 + 30 is just all of it
    [InlineData(20, 20)]          // never more than the capture
    [InlineData(1, 1)]
    [InlineData(999_999_999_999, 29_000_000_030)]
    public void FeeOf_Capture_IsShareAndFixedButNeverMore(long amount, long fee) => Assert.Equal(fee, new PricingOptions().FeeOf(new Money(amount, Currency.Usd)));
}
