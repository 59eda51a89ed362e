using PayFlow.Auth.Idempotency;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Idempotency;

public sealed class FingerprintTests
{
    private static readonly Id Payment = Id.New(IdPrefix.Payment, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50));
    private static readonly CapturePaymentRequest Asked = new(new Money(100, Currency.Usd), true);

    [Fact]
    public void Of_SameRequest_IsTheSame() =>
        Assert.True(Fingerprint.Same(Fingerprint.Of(KeyKind.Capture, Payment, Asked), Fingerprint.Of(KeyKind.Capture, Payment, Asked with { })));

    [Fact]
    public void Of_AnyDifference_IsAnother()
    {
        var other = Id.New(IdPrefix.Payment, new Slot(7), DateTimeOffset.UnixEpoch.AddYears(50));
        byte[][] all =
        [
            Fingerprint.Of(KeyKind.Capture, Payment, Asked),
            Fingerprint.Of(KeyKind.Void, Payment, Asked),
            Fingerprint.Of(KeyKind.Capture, other, Asked),
            Fingerprint.Of(KeyKind.Capture, null, Asked),
            Fingerprint.Of(KeyKind.Capture, Payment, Asked with { Amount = new Money(101, Currency.Usd) }),
            Fingerprint.Of(KeyKind.Capture, Payment, Asked with { Amount = new Money(100, Currency.Eur) }),
            Fingerprint.Of(KeyKind.Capture, Payment, Asked with { Amount = null }),
            Fingerprint.Of(KeyKind.Capture, Payment, Asked with { Final = null }),
        ];
        Assert.Equal(all.Length, all.Select(Convert.ToHexString).Distinct().Count());
    }
}
