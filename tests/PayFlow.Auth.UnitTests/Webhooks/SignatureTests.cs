using System.Text;
using PayFlow.Auth.Webhooks;

namespace PayFlow.Auth.UnitTests.Webhooks;

public sealed class SignatureTests
{
    private static readonly byte[] Key = Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

    // The example that the libraries of Standard Webhooks are tested with.
    [Fact]
    public void Signature_OfTheSpecificationsExample_IsItsSignature() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        Signature.Of([Key], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("""{"test": 2432232314}""")));

    [Fact]
    public void Signature_OfTwoKeys_IsBothSeparatedByASpace()
    {
        byte[] other = [1, 2, 3];
        var body = "{}"u8;
        Assert.Equal($"{Signature.Of([other], "a", 1, body)} {Signature.Of([Key], "a", 1, body)}", Signature.Of([other, Key], "a", 1, body));
    }
}
