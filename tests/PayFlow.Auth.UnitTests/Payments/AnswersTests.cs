using System.Text.Json.Nodes;
using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class AnswersTests
{
    [Fact]
    public void Of_Approved_AnswersTheCreate()
    {
        var started = Make.Started();
        var answer = Answers.Of(PaymentChange.Of(started, Make.Now).Approve(started.Attempts[0], "nb_1", Make.Hold, Make.Now), Make.Now);
        Assert.Equal(("key-1", 201), (answer!.Name.Key, answer.Status));
        var body = JsonNode.Parse(answer.Body)!;
        Assert.Equal(("authorized", "4242", "allow"), ((string?)body["status"], (string?)body["payment_method"]!["card"]!["last4"], (string?)body["risk"]!["decision"]));
    }

    [Fact]
    public void Of_Attempt_AnswersNothingYet() =>
        Assert.Null(Answers.Of(Make.Submitted().StartAttempt(Make.NewId(IdPrefix.Attempt), Make.To("northbank"), Make.Now), Make.Now));

    [Fact]
    public void Of_ApprovedWithAutomaticCapture_WaitsForTheCapture()
    {
        var started = Make.Started(capture: true);
        var approved = PaymentChange.Of(started, Make.Now).Approve(started.Attempts[0], "nb_1", Make.Hold, Make.Now)
            .ReserveCapture(Make.NewId(IdPrefix.Operation), Make.NewId(IdPrefix.Attempt), 100, true, started.IdempotencyKey, Make.Now);
        Assert.Null(Answers.Of(approved, Make.Now));

        var payment = approved.After;
        var captured = PaymentChange.Of(payment, Make.Now).Captured(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "nbc_1", 3, Make.DayEnd, Make.Now);
        var answer = Answers.Of(captured, Make.Now);
        Assert.Equal(("key-1", 201, "captured"), (answer!.Name.Key, answer.Status, (string?)JsonNode.Parse(answer.Body)!["status"]));
    }

    [Fact]
    public void Of_DeclinedByRisk_IsAPaymentToo()
    {
        var answer = Answers.Of(Make.Submitted().DeclineByRisk(Authorizing.BlockedByRisk, Make.Now), Make.Now);
        Assert.Equal((201, "blocked_by_risk"), (answer!.Status, (string?)JsonNode.Parse(answer.Body)!["decline_code"]));
    }

    [Fact]
    public void Of_CaptureRefused_AnswersTheCapturesKeyWithTheReason()
    {
        var payment = Make.Capturing(Make.Authorized(), 40, key: "capture-1");
        var answer = Answers.Of(PaymentChange.Of(payment, Make.Now).CaptureRefused(payment.Pending!, payment.OpenAttempt(payment.Pending!)!, "exceeds_authorized", Make.Now), Make.Now);
        Assert.Equal(("capture-1", 409), (answer!.Name.Key, answer.Status));
        Assert.Equal("Cannot capture: northbank refused it (exceeds_authorized).", (string?)JsonNode.Parse(answer.Body)!["message"]);
    }

    [Fact]
    public void Of_Expired_AnswersNobody()
    {
        var expiring = Make.Expiring(Make.Authorized());
        Assert.Null(Answers.Of(PaymentChange.Of(expiring, Make.Now).Expired(expiring.Pending!, expiring.OpenAttempt(expiring.Pending!), Make.Now), Make.Now));
    }

    [Fact]
    public void Of_Settled_AnswersNobody()
    {
        var payment = Make.Captured(Make.Authorized(), 100);
        Assert.Null(Answers.Of(PaymentChange.Of(payment, Make.Now).Settled(payment.Operations[^1], 100, "itm_1"), Make.Now));
    }
}
