using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class PaymentStatusTests
{
    public static TheoryData<string> Canonical() => new(States.Canonical.Keys);

    [Theory]
    [MemberData(nameof(Canonical))]
    public void Status_CanonicalState_IsItsName(string state) => Assert.Equal(States.Canonical[state].Status, States.Canonical[state].Payment.Status);

    [Fact]
    public void Status_EveryReachableState_HasOneAndIsParsedBack()
    {
        foreach (var payment in States.Product())
        {
            Assert.True(PaymentStates.TryParse(payment.Status.Name(), out var parsed));
            Assert.Equal(payment.Status, parsed);
        }
    }

    [Fact]
    public void Status_Product_ReachesEveryStatusButSubmitted() =>
        Assert.Equal(
            Enum.GetValues<PaymentStatus>().Where(status => status != PaymentStatus.Submitted).Order(),
            States.Product().Select(payment => payment.Status).Distinct().Order());

    [Fact]
    public void Status_WithoutAuthorization_IsSubmitted() => Assert.Equal(PaymentStatus.Submitted, (Make.Authorized() with { Operations = [] }).Status);

    [Fact]
    public void TryParse_Unknown_IsRefused() => Assert.False(PaymentStates.TryParse("done", out _));
}
