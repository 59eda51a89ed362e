using PayFlow.Auth.Payments;

namespace PayFlow.Auth.UnitTests.Payments;

public sealed class PaymentActionsTests
{
    // Null: allowed.
    private static readonly Dictionary<string, (string? Capture, string? Void, string? Refund)> Expected = new()
    {
        ["draft"] = ("the payment is a draft; confirm it first", "the payment is a draft; confirm it first", "the payment is a draft; confirm it first"),
        ["confirmed"] = ("the payment is still being processed", "the payment is still being processed", "the payment is still being processed"),
        ["to be authenticated"] = ("the payment is still being processed", "the payment is still being processed", "the payment is still being processed"),
        ["challenged"] = ("the payer has to complete the authentication first", "the payer has to complete the authentication first", "the payer has to complete the authentication first"),
        ["payer returned"] = ("the payer has to complete the authentication first", "the payer has to complete the authentication first", "the payer has to complete the authentication first"),
        ["authenticated"] = ("the payment is still being processed", "the payment is still being processed", "the payment is still being processed"),
        ["processing"] = ("the payment is still being processed", "the payment is still being processed", "the payment is still being processed"),
        ["declined"] = ("the payment was declined", "the payment was declined", "the payment was declined"),
        ["failed"] = ("the payment was not authorized: it failed", "the payment was not authorized: it failed", "the payment was not authorized: it failed"),
        ["authorized"] = (null, null, "the payment is not captured yet"),
        ["lapsed"] = ("the authorization lapsed at 2026-11-21 09:30 UTC", null, "the payment is not captured yet"),
        ["capturing in part"] = (null, "a capture is in progress", "the payment is not captured yet"),
        ["capturing for good"] = ("the last capture is in progress", "a capture is in progress", "the payment is not captured yet"),
        ["capturing all"] = ("the last capture is in progress", "a capture is in progress", "the payment is not captured yet"),
        ["voiding"] = ("a void is in progress", "a void is in progress", "the payment is not captured yet"),
        ["voided"] = ("the payment was voided", "the payment was voided", "the payment was voided"),
        ["expiring"] = ("the authorization has lapsed and is being released", "the authorization has lapsed and is being released", "the payment is not captured yet"),
        ["expired"] = ("the authorization lapsed at 2026-11-21 09:30 UTC", "the authorization lapsed at 2026-11-21 09:30 UTC", "the authorization lapsed at 2026-11-21 09:30 UTC"),
        ["captured in part, the rest expired"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["captured in part"] = (null, "the payment is already captured; refund it instead", null),
        ["captured in part, settled"] = (null, "the payment is already captured; refund it instead", null),
        ["captured for good"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["captured"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["settled short"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["settled"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["refunded in part"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["refunding in part"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["refunding all, way not decided"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "everything that was captured is refunded or being refunded"),
        ["voiding the capture"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "everything that was captured is refunded or being refunded"),
        ["refund refused"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["refunded in part, settled"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["refunded by a void"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "everything that was captured is refunded or being refunded"),
        ["debited"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["debited in part"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", null),
        ["returned"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "the payer's bank took the debit back"),
        ["settled and returned"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "the payer's bank took the debit back"),
        ["refunded in part and returned"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "the payer's bank took the debit back"),
        ["returned while a refund runs"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "the payer's bank took the debit back"),
        ["refunded"] = ("everything that was authorized is captured or released", "the payment is already captured; refund it instead", "everything that was captured is refunded or being refunded"),
        ["disputed"] = (AllTaken, RefundInstead, "the cardholder disputes what is left of it, and the card network decides who gets that"),
        ["disputed in part"] = (AllTaken, RefundInstead, null),
        ["disputed in part, the rest refunded"] = (AllTaken, RefundInstead, "the cardholder disputes what is left of it, and the card network decides who gets that"),
        ["disputed while being refunded"] = (AllTaken, RefundInstead, "everything that was captured is refunded or being refunded"),
        ["disputed, captured in part"] = (null, RefundInstead, "the cardholder disputes what is left of it, and the card network decides who gets that"),
        ["won"] = (AllTaken, RefundInstead, null),
        ["won, refunded in part"] = (AllTaken, RefundInstead, null),
        ["lost"] = (AllTaken, RefundInstead, "the cardholder got what is left of it back by a chargeback"),
        ["lost in part"] = (AllTaken, RefundInstead, null),
        ["lost and refunded"] = (AllTaken, RefundInstead, "everything that was captured is refunded or being refunded"),
        ["lost in part, disputed again"] = (AllTaken, RefundInstead, "the cardholder disputes what is left of it, and the card network decides who gets that"),
    };

    private const string AllTaken = "everything that was authorized is captured or released";
    private const string RefundInstead = "the payment is already captured; refund it instead";

    public static TheoryData<string> Canonical() => new(States.Canonical.Keys);

    [Theory]
    [MemberData(nameof(Canonical))]
    public void All_CanonicalState_SaysWhatIsAllowedAndWhyNot(string state)
    {
        var expected = Expected[state];
        Assert.Equal(
            [
                Answer(PaymentAction.Confirm, state == "draft" ? null : "the payment is submitted already"),
                Answer(PaymentAction.Capture, expected.Capture),
                Answer(PaymentAction.Void, expected.Void),
                Answer(PaymentAction.Refund, expected.Refund),
            ],
            PaymentActions.All(States.Canonical[state].Payment, Make.Now));
    }

    [Fact]
    public void Check_ProductOfStatesAndActions_IsTotalAndGivesReasons()
    {
        foreach (var payment in States.Product())
        {
            foreach (var action in Enum.GetValues<PaymentAction>())
            {
                var answer = PaymentActions.Check(action, payment, Make.Now);
                Assert.Equal(answer.Allowed, answer.Reason is null);
                if (answer.Reason is { } reason)
                {
                    Assert.Matches($"^Cannot {action.Name()}: [a-z].+\\.$", reason);
                }
            }
        }
    }

    [Fact]
    public void Check_ProductOfStates_AllowsOnlyReservationsThatTheDatabaseTakes()
    {
        var tried = 0;
        foreach (var payment in States.Product())
        {
            foreach (var reserved in Reservations(payment))
            {
                tried++;
                Assert.True(
                    DatabaseRules.Hold(reserved.Amounts, payment.Amount.MinorUnits) && DatabaseRules.TakesRefund(payment.Amounts, reserved.Amounts),
                    $"{payment.Status} {payment.Amounts} -> {reserved.Amounts}");
            }
        }

        Assert.True(tried > 50, $"Only {tried} reservations were allowed: the product says nothing.");
    }

    [Fact]
    public void Check_ProductOfStates_RefusesACaptureExactlyWhenNothingCanBeTaken()
    {
        foreach (var payment in States.Product())
        {
            var open = payment.Pending;
            var takeable = payment.Authorization?.State == OperationState.Succeeded
                && payment.Amounts.Uncaptured > 0
                && payment.ExpiresAt > Make.Now
                && open is not { Kind: OperationKind.Void } and not { Kind: OperationKind.Capture, IsFinal: true };
            Assert.Equal(takeable, PaymentActions.Check(PaymentAction.Capture, payment, Make.Now).Allowed);
        }
    }

    [Fact]
    public void Check_ProductOfStates_RefusesARefundExactlyWhenNothingCanBeGivenBack()
    {
        foreach (var payment in States.Product())
        {
            Assert.Equal(payment.Amounts.Unrefunded > 0, PaymentActions.Check(PaymentAction.Refund, payment, Make.Now).Allowed);
        }
    }

    [Fact]
    public void OfSubmitted_NothingIsAllowed() => Assert.All(PaymentActions.OfSubmitted(), answer => Assert.False(answer.Allowed));

    private static IEnumerable<Payment> Reservations(Payment payment)
    {
        if (PaymentActions.Check(PaymentAction.Capture, payment, Make.Now).Allowed)
        {
            for (var amount = 1L; amount <= payment.Amounts.Uncaptured; amount++)
            {
                yield return Make.Capturing(payment, amount);
                yield return Make.Capturing(payment, amount, isFinal: true);
            }
        }

        if (PaymentActions.Check(PaymentAction.Void, payment, Make.Now).Allowed)
        {
            yield return Make.Voiding(payment);
        }

        if (PaymentActions.Check(PaymentAction.Refund, payment, Make.Now).Allowed)
        {
            for (var amount = 1L; amount <= payment.Amounts.Unrefunded; amount++)
            {
                yield return Make.Refunding(payment, amount);
            }
        }
    }

    private static ActionAnswer Answer(PaymentAction action, string? reason) => new(action, reason is null, reason is null ? null : $"Cannot {action.Name()}: {reason}.");
}
