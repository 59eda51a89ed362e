using Npgsql;

namespace PayFlow.Auth.Payments;

/// <summary>What it means to a client when the database refuses a change that the rules had let through.</summary>
public static class PaymentConstraints
{
    public const string CapturesWithinAuthorized = "payments_captures_within_authorized";
    public const string RefundsWithinCaptured = "payments_refunds_within_captured";
    public const string RefundsLeaveDisputed = "payments_refunds_leave_disputed";
    public const string OneVoid = "operations_one_void";
    public const string OneExpiry = "operations_one_expiry";
    public const string OneRefundOfCapture = "operations_one_refund_of_capture";

    /// <summary>Nothing that a client asked for: an acquirer answered with an id that another payment goes by.</summary>
    public const string OnePerExternalId = "attempts_one_per_external_id";

    /// <summary>The refusal that a constraint stands for; null for every other failure.</summary>
    public static Refusal? RefusalOf(PostgresException failure) => failure.ConstraintName switch
    {
        CapturesWithinAuthorized => Illegal("Cannot do that: more would be captured or released than was authorized."),
        RefundsWithinCaptured => Illegal("Cannot do that: more would be refunded than was captured."),
        RefundsLeaveDisputed => Illegal("Cannot refund: the cardholder disputes that money or got it back by a chargeback."),
        OneVoid => Illegal("Cannot void: a void is in progress."),
        OneExpiry => Illegal("Cannot do that: the authorization has lapsed and is being released."),
        OneRefundOfCapture => Illegal("Cannot refund: the capture is refunded or being refunded."),
        _ => null,
    };

    internal static Refusal? OtherCurrency(Payment payment, Money? asked) => asked is { } other && other.Currency != payment.Amount.Currency
        ? Refusal.Invalid([new FieldError("amount.currency", "currency_mismatch", $"amount.currency must be {payment.Amount.Currency}, as the payment is.")])
        : null;

    internal static Refusal TooLarge(string why) => new(RefusalKind.Conflict, "amount_too_large", why) { Param = "amount.amount" };

    internal static Refusal Illegal(string why) => new(RefusalKind.Conflict, "illegal_action", why);
}
